// SPDX-License-Identifier: Apache-2.0

extension Base64 {
    /// Why a text is not base64, or too long.
    package enum Fault: Error, Equatable, Sendable {
        case character(offset: Int)
        /// The number of characters is none that base64 comes to, or the padding is missing.
        case length
        case tooLong(limit: Int)
    }

    /// The value of each byte as a character; what is none has one of the two highest bits.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: wrong, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for (value, character) in alphabet.utf8.enumerated() { values[Int(character)] = UInt8(value) }
        for character in "\r\n".utf8 { values[Int(character)] = lineBreak }
        return values
    }()
    private static let wrong: UInt8 = 255
    private static let lineBreak: UInt8 = 254

    /// The bytes that `text` stands for: the standard alphabet with its padding.
    ///
    /// Where line breaks are allowed they may stand anywhere; MIME has one after every 76 characters. More than
    /// `maxByteCount` bytes are a fault.
    /// - Complexity: O(text); allocates the result only.
    package static func decode(
        _ text: Span<UInt8>, allowsLineBreaks: Bool = false, maxByteCount: Int = .max
    ) throws(Fault) -> [UInt8] {
        let values = values
        // Six bytes are stored as eight, of which the next ones overwrite two.
        var bytes = [UInt8](repeating: 0, count: min(text.count / 4 * 3, maxByteCount) + 8)
        var (offset, count, characters, paddings) = (0, 0, 0, 0)
        var pending: UInt32 = 0
        func append(_ shift: UInt32) {
            bytes[count] = UInt8(truncatingIfNeeded: pending >> shift)
            count += 1
        }
        while offset < text.count {
            let character = text[offset]
            let value = values[Int(character)]
            if value == lineBreak, allowsLineBreaks {
                offset += 1
                continue
            }
            if character == padding {
                paddings += 1
                offset += 1
                continue
            }
            guard value < 64, paddings == 0 else { throw .character(offset: offset) }
            if characters % 4 == 0 {
                let groups = decodeGroups(
                    of: text, from: offset, maxByteCount: maxByteCount, values.span, into: &bytes, at: count)
                if groups > 0 {
                    offset += groups * 8
                    count += groups * 6
                    continue
                }
            }
            pending = pending << 6 | UInt32(value)
            characters += 1
            offset += 1
            if characters % 4 == 0 {
                guard maxByteCount - count >= 3 else { throw .tooLong(limit: maxByteCount) }
                append(16)
                append(8)
                append(0)
            }
        }
        let rest = characters % 4
        guard rest == 0 ? paddings == 0 : rest + paddings == 4 && rest > 1 else { throw .length }
        guard maxByteCount - count >= max(rest - 1, 0) else { throw .tooLong(limit: maxByteCount) }
        pending <<= UInt32(6 * (4 - rest))
        if rest >= 2 { append(16) }
        if rest == 3 { append(8) }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Decodes groups of eight characters of the alphabet, up to the first group that has another one or would make too
    /// many bytes.
    ///
    /// - Returns: How many.
    private static func decodeGroups(
        of text: Span<UInt8>, from start: Int, maxByteCount: Int, _ values: Span<UInt8>, into bytes: inout [UInt8],
        at place: Int
    ) -> Int {
        let groups = min((text.count - start) / 8, (maxByteCount - place) / 6)
        guard groups > 0 else { return 0 }
        var target = bytes.mutableSpan
        var output = target.mutableBytes
        for group in 0..<groups {
            let characters = UInt64(
                bigEndian: text.bytes.unsafeLoadUnaligned(fromByteOffset: start + group * 8, as: UInt64.self))
            var word: UInt64 = 0
            var all: UInt8 = 0
            for index in 0..<8 {
                let value = values[Int(UInt8(truncatingIfNeeded: characters >> UInt64(56 - index * 8)))]
                word = word << 6 | UInt64(value)
                all |= value
            }
            guard all < 64 else { return group }
            output.storeBytes(of: (word << 16).bigEndian, toByteOffset: place + group * 6, as: UInt64.self)
        }
        return groups
    }
}
