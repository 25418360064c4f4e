// SPDX-License-Identifier: Apache-2.0

/// Reads pickles as far as PyTorch's checkpoints use them.
///
/// Nothing is executed, ever: opcodes and names that checkpoints of weights don't need are refused, and those that call
/// something only describe tensors here. Python's own description of the format is in its pickletools module.
struct PickleReader {
    private let bytes: [UInt8]
    /// Where the next pickle begins.
    private(set) var position: Int
    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]

    /// A checkpoint nests tuples three deep.
    private static let maxDepth = 8
    /// Far more than a checkpoint has; each takes some bytes of the file.
    private static let maxMemo = 1 << 22
    private static let maxRank = 8

    /// - Parameters:
    ///   - bytes: one pickle or several, one after the other.
    ///   - position: where the first to be read begins.
    init(_ bytes: [UInt8], position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    /// Reads the next pickle.
    mutating func read() throws(PickleError) -> PickleValue {
        stack = []
        marks = []
        memo = [:]
        while true {
            let opcode = try byte()
            if opcode == UInt8(ascii: ".") { return try pop() }
            try perform(opcode)
        }
    }

    private mutating func perform(_ opcode: UInt8) throws(PickleError) {
        switch opcode {
        // Constants.
        case 0x80: try checkProtocol(byte())
        case 0x95: try skip(8)
        case UInt8(ascii: "N"): push(.nothing)
        case 0x88: push(.bool(true))
        case 0x89: push(.bool(false))
        case UInt8(ascii: "K"): push(.int(Int(try byte())))
        case UInt8(ascii: "M"): push(.int(try unsigned(2)))
        case UInt8(ascii: "J"): push(.int(Int(Int32(truncatingIfNeeded: try unsigned(4)))))
        case 0x8A: push(try long(byteCount: Int(try byte())))
        case UInt8(ascii: "G"):
            try skip(8)
            push(.nothing)
        case UInt8(ascii: "X"), UInt8(ascii: "T"): push(.string(try text(try unsigned(4))))
        case 0x8C, UInt8(ascii: "U"): push(.string(try text(Int(try byte()))))
        // Containers.
        case UInt8(ascii: ")"): push(.tuple([], depth: 1))
        case UInt8(ascii: "t"): push(try tuple(popToMark()))
        case 0x85, 0x86, 0x87: push(try tuple(pop(Int(opcode) - 0x84)))
        case UInt8(ascii: "]"): push(.list(PickleList()))
        case UInt8(ascii: "}"): push(.dictionary(PickleDictionary()))
        // Taken off before, not as arguments: those are evaluated after the stack was looked at.
        case UInt8(ascii: "a"):
            let value = try pop()
            try append([value])
        case UInt8(ascii: "e"):
            let values = try popToMark()
            try append(values)
        case UInt8(ascii: "s"):
            let pair = try pop(2)
            try setItems(pair)
        case UInt8(ascii: "u"):
            let pairs = try popToMark()
            try setItems(pairs)
        // The stack and the memo.
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "q"): try memorize(Int(try byte()))
        case UInt8(ascii: "r"): try memorize(try unsigned(4))
        case 0x94: try memorize(memo.count)
        case UInt8(ascii: "h"): try recall(Int(try byte()))
        case UInt8(ascii: "j"): try recall(try unsigned(4))
        // Names and what is made of them.
        case UInt8(ascii: "c"): push(try global(try line(), try line()))
        case 0x93: try pushStackGlobal()
        case UInt8(ascii: "Q"): push(try storage(try pop()))
        case UInt8(ascii: "R"): try reduce()
        // The state of an object says nothing of tensors.
        case UInt8(ascii: "b"): _ = try pop()
        default:
            throw error("it has the opcode 0x\(String(opcode, radix: 16)), which checkpoints of weights don't need")
        }
    }

    private func checkProtocol(_ version: UInt8) throws(PickleError) {
        guard (2...5).contains(version) else { throw error("its protocol is \(version); supported: 2 to 5") }
    }

    // MARK: Making values

    private func tuple(_ values: [PickleValue]) throws(PickleError) -> PickleValue {
        let depth = 1 + (values.map(\.depth).max() ?? 0)
        guard depth <= Self.maxDepth else { throw error("tuples are nested more than \(Self.maxDepth) deep") }
        return .tuple(values, depth: depth)
    }

    private func append(_ values: [PickleValue]) throws(PickleError) {
        guard case .list(let list)? = stack.last else { throw error("it appends to what is no list") }
        for case .string(let text) in values { list.strings.append(text) }
    }

    private func setItems(_ values: [PickleValue]) throws(PickleError) {
        guard case .dictionary(let dictionary)? = stack.last, values.count % 2 == 0 else {
            throw error("it sets items of what is no dictionary")
        }
        for index in stride(from: 0, to: values.count, by: 2) { dictionary.set(values[index], values[index + 1]) }
    }

    private func global(_ module: String, _ name: String) throws(PickleError) -> PickleValue {
        guard let global = PickleGlobal("\(module) \(name)") else {
            throw error(
                "it refers to \(printable(module)).\(printable(name)), which is no part of a checkpoint of weights")
        }
        return .global(global)
    }

    private mutating func pushStackGlobal() throws(PickleError) {
        let names = try pop(2)
        guard case .string(let module) = names[0], case .string(let name) = names[1] else {
            throw error("a name is no text")
        }
        push(try global(module, name))
    }

    /// What a persistent id stands for: `("storage", type, key, location, elements)`, and in old files a view or None.
    private func storage(_ id: PickleValue) throws(PickleError) -> PickleValue {
        guard case .tuple(let values, _) = id, values.count == 5 || (values.count == 6 && values[5].isNothing),
            case .string("storage") = values[0], case .global(.storageType(let type)) = values[1],
            case .string(let key) = values[2], case .int(let count) = values[4], count >= 0
        else { throw error("a storage is not described as PyTorch does, or is a view of another one") }
        return .storage(TensorStorage(elementType: type, key: key, count: count))
    }

    private mutating func reduce() throws(PickleError) {
        let arguments = try pop()
        guard case .tuple(let values, _) = arguments, case .global(let function) = try pop() else {
            throw error("it calls what is no function")
        }
        switch function {
        case .orderedDictionary: push(.dictionary(PickleDictionary()))
        case .rebuildTensor: push(.tensor(try tensor(values)))
        case .rebuildParameter:
            guard case .tensor(let tensor)? = values.first else { throw error("a parameter holds no tensor") }
            push(.tensor(tensor))
        case .storageType: throw error("it makes a storage of its own")
        }
    }

    /// The arguments of `_rebuild_tensor_v2`: storage, offset, size, stride, and what training needs.
    private func tensor(_ values: [PickleValue]) throws(PickleError) -> StoredTensor {
        guard values.count >= 4, case .storage(let storage) = values[0], case .int(let offset) = values[1],
            case .tuple(let sizes, _) = values[2], case .tuple(let strides, _) = values[3],
            sizes.count == strides.count, sizes.count <= Self.maxRank
        else { throw error("a tensor is not described as PyTorch does") }
        var shape: [Int] = []
        for case .int(let size) in sizes where size >= 0 { shape.append(size) }
        guard shape.count == sizes.count else { throw error("a tensor's size is no list of numbers") }
        var count = 1
        for (size, stride) in zip(shape, strides).reversed() {
            // The stride of a dimension of one element says nothing.
            guard size == 1 || stride.isInt(count) || shape.contains(0) else {
                throw error("a tensor does not lie in one piece, row by row")
            }
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow else { throw error("a tensor's size overflows") }
            count = product
        }
        guard offset >= 0, count <= storage.count, offset <= storage.count - count else {
            throw error("a tensor reaches beyond its storage")
        }
        return StoredTensor(storage: storage, offset: offset, shape: shape, count: count)
    }

    // MARK: The stack and the memo

    private mutating func push(_ value: PickleValue) { stack.append(value) }

    private mutating func pop() throws(PickleError) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.popLast() else { throw error("its stack is empty") }
        return value
    }

    private mutating func pop(_ count: Int) throws(PickleError) -> [PickleValue] {
        guard stack.count - (marks.last ?? 0) >= count else { throw error("its stack is empty") }
        let values = Array(stack.suffix(count))
        stack.removeLast(count)
        return values
    }

    private mutating func popToMark() throws(PickleError) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw error("it has no mark") }
        let values = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return values
    }

    private mutating func memorize(_ key: Int) throws(PickleError) {
        guard let value = stack.last else { throw error("its stack is empty") }
        guard memo.count < Self.maxMemo else { throw error("it remembers more than \(Self.maxMemo) objects") }
        memo[key] = value
    }

    private mutating func recall(_ key: Int) throws(PickleError) {
        guard let value = memo[key] else { throw error("it recalls what it doesn't remember") }
        push(value)
    }

    // MARK: Bytes

    private mutating func byte() throws(PickleError) -> UInt8 {
        guard position < bytes.count else { throw error("it ends too soon") }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func skip(_ count: Int) throws(PickleError) {
        guard count <= bytes.count - position else { throw error("it ends too soon") }
        position += count
    }

    private mutating func take(_ count: Int) throws(PickleError) -> ArraySlice<UInt8> {
        let start = position
        try skip(count)
        return bytes[start..<position]
    }

    /// A little-endian number of at most four bytes.
    private mutating func unsigned(_ count: Int) throws(PickleError) -> Int {
        try take(count).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// A little-endian number in two's complement; those of more than eight bytes nobody asks for.
    private mutating func long(byteCount: Int) throws(PickleError) -> PickleValue {
        let bytes = try take(byteCount)
        guard let highest = bytes.last else { return .int(0) }
        guard byteCount <= 8 else { return .nothing }
        let sign: UInt64 = highest >= 0x80 ? .max : 0
        return .int(Int(truncatingIfNeeded: bytes.reversed().reduce(sign) { $0 << 8 | UInt64($1) }))
    }

    private mutating func text(_ count: Int) throws(PickleError) -> String {
        guard let text = String(validating: try take(count), as: UTF8.self) else { throw error("a text is no UTF-8") }
        return text
    }

    /// A text up to the end of its line.
    private mutating func line() throws(PickleError) -> String {
        guard let end = bytes[position...].prefix(256).firstIndex(of: UInt8(ascii: "\n")) else {
            throw error("a name does not end")
        }
        let text = try text(end - position)
        try skip(1)
        return text
    }

    private func printable(_ text: String) -> String {
        String(text.unicodeScalars.prefix(64).map { $0.value >= 0x20 && $0.value < 0x7F ? Character($0) : "?" })
    }

    private func error(_ reason: String) -> PickleError { PickleError(reason: reason, offset: position) }
}

extension PickleValue {
    fileprivate var isNothing: Bool {
        if case .nothing = self { true } else { false }
    }

    fileprivate func isInt(_ wanted: Int) -> Bool {
        if case .int(wanted) = self { true } else { false }
    }
}

/// Why a pickle is refused, and where.
struct PickleError: Error, Equatable, Sendable {
    let reason: String
    /// Bytes read of it.
    let offset: Int
}
