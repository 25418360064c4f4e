// SPDX-License-Identifier: Apache-2.0

extension Base64 {
    /// Why a text is not base64, or too long.
    enum Fault: Error, Equatable, Sendable {
        case character(offset: Int)
        /// The number of characters is none that base64 comes to, or the padding is missing.
        case length
        case tooLong(limit: Int)
    }

    /// The value of each byte as a character; ``skipped`` may stand anywhere, ``wrong`` nowhere.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: wrong, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        for character in "\r\n".utf8 { values[Int(character)] = skipped }
        return values
    }()
    private static let wrong: UInt8 = 255
    /// Line breaks, which MIME's base64 has after every 76 characters.
    private static let skipped: UInt8 = 254

    /// The bytes that `text` stands for: the standard alphabet, with its padding and with line breaks anywhere.
    ///
    /// More than `maxByteCount` bytes are a fault.
    /// - Complexity: O(text); allocates the result only.
    static func decode(_ text: Span<UInt8>, maxByteCount: Int = .max) throws(Fault) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(text.count / 4 * 3, maxByteCount))
        let values = values
        var pending: UInt32 = 0
        var characters = 0
        var paddings = 0
        for offset in 0..<text.count {
            let character = text[offset]
            if character == padding {
                paddings += 1
                continue
            }
            let value = values[Int(character)]
            if value == skipped { continue }
            guard value != wrong, paddings == 0 else { throw .character(offset: offset) }
            pending = pending << 6 | UInt32(value)
            characters += 1
            if characters % 4 == 0 {
                guard bytes.count + 3 <= maxByteCount else { throw .tooLong(limit: maxByteCount) }
                bytes.append(UInt8(truncatingIfNeeded: pending >> 16))
                bytes.append(UInt8(truncatingIfNeeded: pending >> 8))
                bytes.append(UInt8(truncatingIfNeeded: pending))
            }
        }
        let rest = characters % 4
        guard rest == 0 ? paddings == 0 : rest + paddings == 4 && rest > 1 else { throw .length }
        guard bytes.count + max(rest - 1, 0) <= maxByteCount else { throw .tooLong(limit: maxByteCount) }
        if rest >= 2 { bytes.append(UInt8(truncatingIfNeeded: pending >> (rest == 2 ? 4 : 10))) }
        if rest == 3 { bytes.append(UInt8(truncatingIfNeeded: pending >> 2)) }
        return bytes
    }
}
