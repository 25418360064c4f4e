// SPDX-License-Identifier: Apache-2.0

/// Marks where words begin as SentencePiece does: every space becomes "▁", and a word begins at each.
///
/// Splitting leaves the text alone; ``rewrite(_:_:into:words:)`` makes of each word what the model sees. A word that has
/// neither a space nor a "▁" in front is the first of its text, and only such a one may get a "▁" of its own.
struct Metaspace: Sendable {
    private enum PrependScheme: Sendable {
        case always
        case first
        case never
    }

    /// What stands for a space, one scalar, and its UTF-8.
    private let replacement: UInt32
    private let replacementUTF8: [UInt8]
    private let scheme: PrependScheme
    private let splits: Bool

    init(_ field: TokenizerField) throws(TokenizerError) {
        let replacement = try field.member("replacement")
        let scalars = try replacement.string().unicodeScalars
        guard let scalar = scalars.first, scalars.count == 1 else {
            throw .invalid(key: replacement.path, reason: "is not one character")
        }
        self.replacement = scalar.value
        replacementUTF8 = try replacement.utf8()
        splits = try field.optional("split")?.bool() ?? true
        scheme = try Self.scheme(field)
    }

    /// Whether the source of a word decides whether it gets a "▁".
    var needsSources: Bool {
        switch scheme {
        case .first: true
        case .always, .never: false
        }
    }

    func split(_ text: AlignedText, _ range: Range<Int>, into words: inout [Range<Int>]) {
        guard splits else {
            words.append(range)
            return
        }
        let text = text.bytes.span
        var wordStart = range.lowerBound
        var position = range.lowerBound
        while position < range.upperBound {
            if position > wordStart, mark(text, at: position, before: range.upperBound) {
                words.append(wordStart..<position)
                wordStart = position
            }
            position += 1
        }
        if wordStart < position { words.append(wordStart..<position) }
    }

    /// Appends to `output` what the model sees of each word, and makes `words` the ranges of that.
    ///
    /// Sources in `output` are positions in `text`.
    func rewrite(_ text: AlignedText, _ words: inout [Range<Int>], into output: inout AlignedText) {
        let bytes = text.bytes.span
        for index in words.indices {
            let word = words[index]
            let start = output.count
            if prepends(text, word) {
                let first = word.lowerBound..<word.lowerBound + UTF8Decoding.scalar(bytes, at: word.lowerBound).length
                output.append(replacement, from: first)
            }
            var copied = word.lowerBound
            for position in word where bytes[position] == UInt8(ascii: " ") {
                output.append(bytes, copied..<position)
                output.append(replacement, from: position..<position + 1)
                copied = position + 1
            }
            output.append(bytes, copied..<word.upperBound)
            words[index] = start..<output.count
        }
    }

    private func prepends(_ text: AlignedText, _ word: Range<Int>) -> Bool {
        if mark(text.bytes.span, at: word.lowerBound, before: word.upperBound) { return false }
        switch scheme {
        case .always: return true
        case .first: return text.sourceRange(of: word.lowerBound..<word.lowerBound + 1).lowerBound == 0
        case .never: return false
        }
    }

    /// Whether a space or the replacement stands at `position`.
    @inline(__always)
    private func mark(_ text: Span<UInt8>, at position: Int, before end: Int) -> Bool {
        if text[position] == UInt8(ascii: " ") { return true }
        guard text[position] == replacementUTF8[0], position + replacementUTF8.count <= end else { return false }
        for offset in 1..<max(1, replacementUTF8.count) where text[position + offset] != replacementUTF8[offset] {
            return false
        }
        return true
    }

    /// Reads the scheme in its new spelling or its old one.
    private static func scheme(_ field: TokenizerField) throws(TokenizerError) -> PrependScheme {
        let old = try field.optional("add_prefix_space")
        var scheme = PrependScheme.always
        if let new = try field.optional("prepend_scheme") {
            switch try new.string() {
            case "always": scheme = .always
            case "first": scheme = .first
            case "never": scheme = .never
            case let found: throw .unsupported(key: new.path, found: found, supported: ["always", "first", "never"])
            }
            if let old, try !old.bool(), scheme != .never {
                throw .invalid(key: old.path, reason: "is false, but \(new.path) is \(try new.string())")
            }
        } else if let old, try !old.bool() {
            scheme = .never
        }
        return scheme
    }
}
