// SPDX-License-Identifier: Apache-2.0

/// Why bytes are not acceptable JSON, and where.
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was wrong at ``offset``.
    package enum Reason: Equatable, Sendable {
        case unexpectedEnd
        case unexpectedByte(UInt8)
        case trailingBytes
        case tooDeep(limit: Int)
        case tooLarge(limit: Int)
        case duplicateKey(String)
        case invalidUTF8
        case invalidEscape
        case loneSurrogate
        case controlCharacterInString
        case invalidNumber
    }

    package var reason: Reason
    /// Byte offset into the input.
    package var offset: Int

    package init(reason: Reason, offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    package var description: String {
        "\(reasonText) at byte \(offset)"
    }

    private var reasonText: String {
        switch reason {
        case .unexpectedEnd: "unexpected end of input"
        case .unexpectedByte(let byte) where byte >= 0x20 && byte < 0x7F:
            "unexpected character '\(Character(UnicodeScalar(byte)))'"
        case .unexpectedByte: "unexpected character"
        case .trailingBytes: "characters after the end of the value"
        case .tooDeep(let limit): "nested deeper than \(limit) levels"
        case .tooLarge(let limit): "more than \(limit) bytes"
        case .duplicateKey(let key): "duplicate key \"\(key)\""
        case .invalidUTF8: "invalid UTF-8"
        case .invalidEscape: "invalid escape in a string"
        case .loneSurrogate: "lone surrogate in a string"
        case .controlCharacterInString: "unescaped control character in a string"
        case .invalidNumber: "invalid number"
        }
    }
}
