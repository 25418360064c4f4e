// SPDX-License-Identifier: Apache-2.0

import CEmbedKernels
import EmbedModelFiles
import Synchronization

/// Weights in one block of memory, as the kernels read them.
final class WeightStore: Sendable {
    private let memory: PageMemory

    fileprivate init(memory: PageMemory) { self.memory = memory }

    var byteCount: Int { memory.byteCount }

    /// The bytes at `place`.
    func bytes(at place: WeightPlace) -> UnsafeRawPointer { UnsafeRawPointer(memory.base + place.offset) }

    /// The floats at `place`.
    subscript(place: WeightPlace) -> UnsafePointer<Float> { bytes(at: place).assumingMemoryBound(to: Float.self) }
}

/// Where in a ``WeightStore`` an array begins, in bytes; 64-byte aligned.
struct WeightPlace: Sendable {
    fileprivate let offset: Int

    /// The place `byteCount` bytes further.
    func advanced(by byteCount: Int) -> WeightPlace { WeightPlace(offset: offset + byteCount) }
}

/// Collects what a model needs, so that its memory is reserved once and filled by all workers.
struct WeightPlan {
    /// Writes to the place; whether all that was written is finite.
    typealias Fill = @Sendable (UnsafeMutableRawPointer) -> Bool

    private var byteCount = 0
    private var fills: [(place: WeightPlace, tensor: Tensor?, fill: Fill)] = []
    /// What several blocks have in common.
    private var shared: [AnyHashable: WeightPlace] = [:]

    /// Elements converted in one piece of work: a large table is spread over all workers.
    private static let pieceElements = 1 << 20

    /// Reserves zeros.
    mutating func zeros(byteCount: Int) -> WeightPlace {
        let place = WeightPlace(offset: self.byteCount)
        self.byteCount += byteCount.roundedUp(toMultipleOf: 64)
        return place
    }

    /// Reserves `count` float zeros.
    mutating func floats(_ count: Int) -> WeightPlace { zeros(byteCount: count * MemoryLayout<Float>.stride) }

    /// What `reserve` gives; called with an equal `key` again, the same place.
    ///
    /// All layers of a model may add one bias, which takes as much memory as some layers' weights.
    mutating func shared(
        _ key: some Hashable, _ reserve: (inout WeightPlan) -> WeightPlace
    ) -> WeightPlace {
        if let place = shared[key] { return place }
        let place = reserve(&self)
        shared[key] = place
        return place
    }

    /// Writes what `tensor` holds into what was reserved before; pieces may run in any order and at the same time.
    ///
    /// Afterwards the tensor's pages are given back, so that the checkpoint and its copy are never both resident as a
    /// whole.
    mutating func fill(_ place: WeightPlace, from tensor: Tensor, _ fill: @escaping Fill) {
        fills.append((place, tensor, fill))
    }

    /// Writes finite numbers that no tensor holds into what was reserved before.
    mutating func fill(_ place: WeightPlace, _ fill: @escaping Fill) { fills.append((place, nil, fill)) }

    /// Reserves and converts the elements of `tensor` in their order, as float32, and adds `offset` to each.
    mutating func copy(_ tensor: Tensor, adding offset: Float = 0) -> WeightPlace {
        let place = floats(tensor.count)
        copy(tensor, adding: offset, to: place, at: 0)
        return place
    }

    /// Converts the elements of `tensor` to `place`, `start` floats further, and adds `offset` to each.
    mutating func copy(_ tensor: Tensor, adding offset: Float = 0, to place: WeightPlace, at start: Int) {
        for elements in Self.pieces(of: tensor.count, width: 1) {
            fill(place, from: tensor) { target in
                let floats = target.assumingMemoryBound(to: Float.self) + start + elements.lowerBound
                tensor.withElements(from: elements.lowerBound) {
                    embed_convert($0, tensor.elementType.storage, elements.count, floats)
                }
                if offset != 0 { for index in elements.indices { floats[index - elements.lowerBound] += offset } }
                return embed_is_finite(floats, elements.count)
            }
        }
    }

    /// Ranges of `count` rows of `width` elements, each range of at most about ``pieceElements``.
    static func pieces(of count: Int, width: Int) -> [Range<Int>] {
        let step = max(1, pieceElements / max(width, 1))
        return stride(from: 0, to: count, by: step).map { $0..<min($0 + step, count) }
    }

    /// Reserves the memory and fills it on all of `pool`'s workers; `type` is that of what isn't float32.
    ///
    /// - Throws: ``DeviceError/nonFiniteWeight(tensor:file:)`` when a weight is infinite or NaN, and
    ///   ``DeviceError/weightOutOfRange(tensor:file:type:)`` when it becomes so in `type`.
    func makeStore(of type: WeightType = .float32, on pool: WorkerPool) throws(DeviceError) -> WeightStore {
        let memory = try PageMemory(byteCount: byteCount)
        let fills = fills
        let culprit = Mutex<Int?>(nil)
        pool.forEach(fills.count) { _, piece in
            let (place, tensor, fill) = fills[piece]
            if !fill(memory.base + place.offset) {
                culprit.withLock { $0 = min($0 ?? piece, piece) }
            }
            tensor?.release()
        }
        if let culprit = culprit.withLock({ $0 }), let tensor = fills[culprit].tensor {
            throw tensor.isFinite
                ? .weightOutOfRange(tensor: tensor.name, file: tensor.fileName, type: type)
                : .nonFiniteWeight(tensor: tensor.name, file: tensor.fileName)
        }
        return WeightStore(memory: memory)
    }
}

extension Tensor {
    /// Calls `body` with the address of element number `first`.
    func withElements<Result>(from first: Int, _ body: (UnsafeRawPointer?) -> Result) -> Result {
        withBytes { bytes in body(bytes.baseAddress.map { $0 + first * elementType.byteCount }) }
    }

    /// All elements as float32.
    var converted: [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            if let target = buffer.baseAddress {
                withElements(from: 0) { embed_convert($0, elementType.storage, count, target) }
            }
            initialized = count
        }
    }

    /// Whether no element is infinite or NaN.
    var isFinite: Bool { embed_is_finite(converted, count) }
}

extension ElementType {
    /// How the kernels call the type.
    ///
    /// Checkpoints hand out no other types as weights.
    var storage: embed_storage {
        switch self {
        case .float16: EMBED_STORAGE_F16
        case .bfloat16: EMBED_STORAGE_BF16
        case .float32: EMBED_STORAGE_F32
        case .bool, .uint8, .int8, .float8E5M2, .float8E4M3, .int16, .uint16, .int32, .uint32, .float64, .int64,
            .uint64:
            preconditionFailure("\(rawValue) is no weight type; Checkpoint.weight refuses it")
        }
    }
}
