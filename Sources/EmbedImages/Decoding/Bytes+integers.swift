// SPDX-License-Identifier: Apache-2.0

extension [UInt8] {
    /// The unsigned number of `byteCount` bytes at `offset`, most significant first; `nil` past the end.
    func bigEndian(at offset: Int, byteCount: Int) -> Int? {
        guard offset >= 0, offset <= count - byteCount else { return nil }
        return self[offset..<offset + byteCount].reduce(0) { $0 << 8 | Int($1) }
    }

    /// The same, least significant first.
    func littleEndian(at offset: Int, byteCount: Int) -> Int? {
        guard offset >= 0, offset <= count - byteCount else { return nil }
        return self[offset..<offset + byteCount].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
