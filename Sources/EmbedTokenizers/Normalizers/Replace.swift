// SPDX-License-Identifier: Apache-2.0

/// Replaces every occurrence of a text, or of one of the regular expressions that published files use.
struct Replace: Sendable {
    private enum Pattern: Sendable {
        case text([UInt8])
        /// " {2,}".
        case spaces
        /// `\s+`.
        case whitespace
        /// One of ASCII's punctuation, however the class is spelled.
        case punctuation
    }

    static let supportedExpressions = [
        " {2,}", #"\s+"#, ##"[!"\#\$%\&'\(\)\*\+,\-\./:;<=>\?@\[\\\]\^_`\{\|\}\~]"##,
        ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]"##,
    ]
    private static let patterns: [Pattern] = [.spaces, .whitespace, .punctuation, .punctuation]

    /// Longest content in bytes, so that a file can't make gigabytes of a text.
    private static let longestContent = 1024

    private let pattern: Pattern
    private let content: [UInt32]

    init(_ field: TokenizerField) throws(TokenizerError) {
        let patternField = try field.member("pattern")
        if let expression = try patternField.optional("Regex") {
            let found = try expression.string()
            guard let index = Self.supportedExpressions.firstIndex(of: found) else {
                throw .unsupported(
                    key: expression.path, found: String(found.prefix(1000)), supported: Self.supportedExpressions)
            }
            pattern = Self.patterns[index]
        } else {
            pattern = .text(try LiteralPattern.read(patternField))
        }
        let contentField = try field.member("content")
        let contentText = try contentField.string()
        guard contentText.utf8.count <= Self.longestContent else {
            throw .invalid(
                key: contentField.path,
                reason: "has \(contentText.utf8.count) bytes; at most \(Self.longestContent) are supported")
        }
        content = contentText.unicodeScalars.map(\.value)
    }

    func append(_ text: Span<UInt8>, _ range: Range<Int>, to output: inout AlignedText) {
        var position = range.lowerBound
        var copied = range.lowerBound
        while position < range.upperBound {
            guard let end = endOfMatch(text, position..<range.upperBound) else {
                position += 1
                continue
            }
            output.append(text, copied..<position)
            // Everything inserted comes from the last scalar that goes.
            let source = UTF8Decoding.previousStart(text, before: end)..<end
            for scalar in content { output.append(scalar, from: source) }
            position = end
            copied = end
        }
        output.append(text, copied..<range.upperBound)
    }

    /// Whether no match can hold a letter or digit.
    func isInert(_ scalar: UInt32) -> Bool {
        switch pattern {
        // Of ASCII's punctuation "_" counts as part of a word.
        case .punctuation: return !Self.isPunctuation(scalar)
        case .spaces, .whitespace: return true
        case .text(let pattern):
            var position = 0
            while position < pattern.count {
                let (scalar, length) = UTF8Decoding.scalar(pattern.span, at: position)
                if UnicodeTables.shared.properties(of: scalar).isWord { return false }
                position += length
            }
            return true
        }
    }

    /// No match may span the boundary.
    func isBoundary(before scalar: UInt32) -> Bool {
        switch pattern {
        case .punctuation: true
        case .spaces: scalar != 0x20
        case .whitespace: !Self.isWhitespace(scalar)
        case .text(let pattern): !Self.scalars(of: pattern).dropFirst().contains(scalar)
        }
    }

    /// The scalar that begins what `scalar` becomes; nothing when that depends on what follows.
    func leadingScalar(of scalar: UInt32) -> UInt32? {
        switch pattern {
        case .punctuation: return Self.isPunctuation(scalar) ? nil : scalar
        case .spaces: return scalar != 0x20 ? scalar : nil
        case .whitespace: return Self.isWhitespace(scalar) ? nil : scalar
        case .text(let pattern):
            let scalars = Self.scalars(of: pattern)
            guard scalars.first == scalar else { return scalar }
            return scalars.count == 1 ? content.first : nil
        }
    }

    private static func isWhitespace(_ scalar: UInt32) -> Bool {
        UnicodeTables.shared.properties(of: scalar).isWhitespace
    }

    /// `string.punctuation` of Python: what ASCII prints but for letters, digits and the space.
    private static func isPunctuation(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
        default: false
        }
    }

    private static func scalars(of text: [UInt8]) -> [UInt32] {
        String(decoding: text, as: UTF8.self).unicodeScalars.map(\.value)
    }

    private func endOfMatch(_ text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var end = range.lowerBound
        switch pattern {
        case .spaces:
            while end < range.upperBound, text[end] == UInt8(ascii: " ") { end += 1 }
            return end - range.lowerBound >= 2 ? end : nil
        case .whitespace:
            while end < range.upperBound {
                let (scalar, length) = UTF8Decoding.scalar(text, at: end)
                guard Self.isWhitespace(scalar) else { break }
                end += length
            }
            return end > range.lowerBound ? end : nil
        case .punctuation: return Self.isPunctuation(UInt32(text[end])) ? end + 1 : nil
        case .text(let pattern):
            guard pattern.count <= range.count else { return nil }
            for byte in pattern {
                guard text[end] == byte else { return nil }
                end += 1
            }
            return end
        }
    }
}
