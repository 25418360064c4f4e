// SPDX-License-Identifier: Apache-2.0

/// Base64 with the standard alphabet and padding (RFC 4648, section 4).
enum Base64 {
    static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    static let padding = UInt8(ascii: "=")

    /// Appends `values` as little-endian float32 to `output`.
    ///
    /// - Complexity: O(values); allocates nothing but `output`'s growth.
    static func append(littleEndian values: some Collection<Float>, to output: inout [UInt8]) {
        let length = (values.count * 4 + 2) / 3 * 4
        output.reserveCapacity(output.count + length)
        // Bits that no character has been written for, the oldest highest.
        var pending: UInt64 = 0
        var pendingBits = 0
        for value in values {
            // The byte that goes first must be the highest.
            pending = pending << 32 | UInt64(value.bitPattern.littleEndian.byteSwapped)
            pendingBits += 32
            while pendingBits >= 6 {
                pendingBits -= 6
                output.append(alphabet[Int(pending >> UInt64(pendingBits) & 63)])
            }
        }
        if pendingBits > 0 {
            output.append(alphabet[Int(pending << UInt64(6 - pendingBits) & 63)])
        }
        // 32 bits leave 2 over after the first value (two characters short of a group of four), 4 after the second (one).
        switch pendingBits {
        case 2: output.append(contentsOf: [padding, padding])
        case 4: output.append(padding)
        default: break
        }
    }

    /// Appends `bytes` to `output`.
    ///
    /// - Complexity: O(bytes); allocates nothing but `output`'s growth.
    static func append(_ bytes: some Collection<UInt8>, to output: inout [UInt8]) {
        output.reserveCapacity(output.count + (bytes.count + 2) / 3 * 4)
        var pending: UInt32 = 0
        var pendingBits: UInt32 = 0
        for byte in bytes {
            pending = pending << 8 | UInt32(byte)
            pendingBits += 8
            while pendingBits >= 6 {
                pendingBits -= 6
                output.append(alphabet[Int(pending >> pendingBits & 63)])
            }
        }
        if pendingBits > 0 { output.append(alphabet[Int(pending << (6 - pendingBits) & 63)]) }
        // 8 bits leave 2 over after the first byte of three (two characters short of a group of four), 4 after the second.
        switch pendingBits {
        case 2: output.append(contentsOf: [padding, padding])
        case 4: output.append(padding)
        default: break
        }
    }
}
