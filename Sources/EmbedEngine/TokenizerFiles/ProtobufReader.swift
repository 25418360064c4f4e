// SPDX-License-Identifier: Apache-2.0

/// Reads the fields of one protobuf message, in order.
///
/// Wire format: https://protobuf.dev/programming-guides/encoding. Every length is checked against the message's end, and
/// nothing nests by itself: a message inside is bytes, which a reader of its own may read.
struct ProtobufReader {
    enum Value {
        case varint(UInt64)
        case fixed64(UInt64)
        case bytes(ArraySlice<UInt8>)
        case fixed32(UInt32)
    }

    /// What is wrong with a message, and where in the file.
    struct Fault: Error {
        let reason: String
        let offset: Int
    }

    private var rest: ArraySlice<UInt8>

    init(_ message: ArraySlice<UInt8>) { rest = message }

    /// The next field's number and value; nothing at the end.
    mutating func next() throws(Fault) -> (number: Int, value: Value)? {
        guard !rest.isEmpty else { return nil }
        let offset = rest.startIndex
        let tag = try varint()
        guard tag >> 3 > 0, tag >> 3 < 1 << 29 else { throw Fault(reason: "a field without a number", offset: offset) }
        let number = Int(tag >> 3)
        switch tag & 7 {
        case 0: return (number, .varint(try varint()))
        case 1: return (number, .fixed64(try fixed(8)))
        case 2:
            let length = try varint()
            guard length <= UInt64(rest.count) else {
                throw Fault(reason: "a field of \(length) bytes, \(rest.count) are left", offset: offset)
            }
            defer { rest = rest.dropFirst(Int(length)) }
            return (number, .bytes(rest.prefix(Int(length))))
        case 5: return (number, .fixed32(UInt32(truncatingIfNeeded: try fixed(4))))
        default: throw Fault(reason: "a field of the unknown kind \(tag & 7)", offset: offset)
        }
    }

    private mutating func varint() throws(Fault) -> UInt64 {
        let offset = rest.startIndex
        var value: UInt64 = 0
        for shift in stride(from: 0 as UInt64, to: 70, by: 7) {
            guard let byte = rest.popFirst() else { break }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Fault(reason: "a number that does not end", offset: offset)
    }

    private mutating func fixed(_ byteCount: Int) throws(Fault) -> UInt64 {
        guard rest.count >= byteCount else { throw Fault(reason: "a number that is cut off", offset: rest.startIndex) }
        defer { rest = rest.dropFirst(byteCount) }
        return rest.prefix(byteCount).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
