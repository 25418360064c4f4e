// SPDX-License-Identifier: Apache-2.0

/// What a ``PickleReader`` finds: as much of Python's objects as the placing of tensors needs.
indirect enum PickleValue {
    /// None, and whatever nothing asks for: floats, large integers.
    case nothing
    case bool(Bool)
    case int(Int)
    case string(String)
    case global(PickleGlobal)
    /// `depth` bounds how tuples nest, so that no file makes the program recurse without end.
    case tuple([PickleValue], depth: Int)
    case list(PickleList)
    case dictionary(PickleDictionary)
    case storage(TensorStorage)
    case tensor(StoredTensor)

    var depth: Int {
        if case .tuple(_, let depth) = self { depth } else { 0 }
    }
}

/// A list, of which only strings are kept.
///
/// Shared by all that refer to it, as in Python.
final class PickleList {
    var strings: [String] = []
}

/// A dictionary, of which only tensors and booleans under strings are kept.
///
/// Shared as a ``PickleList`` is.
final class PickleDictionary {
    var tensors: [String: StoredTensor] = [:]
    var flags: [String: Bool] = [:]

    func set(_ key: PickleValue, _ value: PickleValue) {
        guard case .string(let name) = key else { return }
        switch value {
        case .tensor(let tensor): tensors[name] = tensor
        case .bool(let flag): flags[name] = flag
        case .nothing, .int, .string, .global, .tuple, .list, .dictionary, .storage: return
        }
    }
}

/// The names outside the pickle that a checkpoint may use; every other one is refused.
enum PickleGlobal: Sendable, Equatable {
    case orderedDictionary
    case rebuildTensor
    case rebuildParameter
    case storageType(ElementType)

    /// - Parameter name: module and name, such as "torch FloatStorage".
    init?(_ name: String) {
        switch name {
        case "collections OrderedDict": self = .orderedDictionary
        case "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_tensor": self = .rebuildTensor
        case "torch._utils _rebuild_parameter": self = .rebuildParameter
        case "torch FloatStorage": self = .storageType(.float32)
        case "torch HalfStorage": self = .storageType(.float16)
        case "torch BFloat16Storage": self = .storageType(.bfloat16)
        case "torch DoubleStorage": self = .storageType(.float64)
        case "torch LongStorage": self = .storageType(.int64)
        case "torch IntStorage": self = .storageType(.int32)
        case "torch ShortStorage": self = .storageType(.int16)
        case "torch CharStorage": self = .storageType(.int8)
        case "torch ByteStorage": self = .storageType(.uint8)
        case "torch BoolStorage": self = .storageType(.bool)
        default: return nil
        }
    }
}

/// Memory that tensors are parts of, by its name in the checkpoint.
struct TensorStorage: Sendable, Equatable {
    let elementType: ElementType
    let key: String
    /// Elements.
    let count: Int
}

/// A tensor that lies in one piece in its storage, row by row.
struct StoredTensor: Sendable, Equatable {
    let storage: TensorStorage
    /// Elements of the storage before it.
    let offset: Int
    let shape: [Int]
    /// Elements.
    let count: Int
}
