// SPDX-License-Identifier: Apache-2.0

/// Greedy longest-match-first splitting: the longest token that begins the word, then the longest that continues it.
///
/// A word that can't be split to its end, or is too long, becomes the unknown token as a whole.
/// Paper: Wu et al., "Google's Neural Machine Translation System", arXiv 1609.08144, as simplified by BERT.
struct WordPiece: Sendable {
    let vocabulary: Vocabulary
    let unknownID: Int32
    /// What a token that continues a word is spelled with in front, such as "##".
    private let continuationPrefix: [UInt8]
    private let continuationHash: VocabularyHash
    private let maxScalarsPerWord: Int
    private let initialLengths: TokenLengths
    /// Lengths without the prefix.
    private let continuationLengths: TokenLengths

    init(_ field: TokenizerField) throws(TokenizerError) {
        let vocabularyField = try field.member("vocab")
        vocabulary = try Vocabulary(vocabularyField)
        let unknown = try field.member("unk_token")
        let spelling = try unknown.utf8()
        guard let id = vocabulary.id(of: spelling) else {
            throw .invalid(key: unknown.path, reason: "is \(try unknown.string()), which is not in the vocabulary")
        }
        unknownID = id
        let prefix = try field.member("continuing_subword_prefix").utf8()
        continuationPrefix = prefix
        continuationHash = VocabularyHash(of: prefix)
        maxScalarsPerWord = try field.member("max_input_chars_per_word").int(in: 0...Int(Int32.max))
        var initial = TokenLengths()
        var continuation = TokenLengths()
        for index in 0..<vocabulary.count {
            let token = vocabulary.entry(index)
            initial.insert(token)
            if token.starts(with: prefix) { continuation.insert(token.dropFirst(prefix.count)) }
        }
        initialLengths = initial
        continuationLengths = continuation
    }

    func tokenize(
        _ text: AlignedText, _ words: [Range<Int>], into tokens: inout TokenBuffer, stoppingAfter limit: Int
    ) {
        let text = text.bytes.span
        // Hashes of the beginnings of the rest of a word.
        var hashes = [VocabularyHash](repeating: VocabularyHash(), count: initialLengths.longest)
        var scratch = hashes.mutableSpan
        for word in words {
            tokenize(text, word, into: &tokens, hashes: &scratch)
            if tokens.contentCount > limit { return }
        }
    }

    private func tokenize(
        _ text: Span<UInt8>, _ word: Range<Int>, into tokens: inout TokenBuffer,
        hashes: inout MutableSpan<VocabularyHash>
    ) {
        let firstToken = tokens.count
        var start = word.lowerBound
        if word.count <= maxScalarsPerWord || scalarCount(text, word) <= maxScalarsPerWord {
            while start < word.upperBound {
                let isInitial = start == word.lowerBound
                guard let token = longestToken(text, start..<word.upperBound, isInitial: isInitial, &hashes) else {
                    break
                }
                tokens.append(token.id, start..<token.end)
                start = token.end
            }
        }
        if start < word.upperBound {
            tokens.truncate(to: firstToken)
            tokens.append(unknownID, word)
        }
    }

    /// The longest token at the start of `rest`, which is not empty, and where it ends.
    @inline(__always)
    private func longestToken(
        _ text: Span<UInt8>, _ rest: Range<Int>, isInitial: Bool, _ hashes: inout MutableSpan<VocabularyHash>
    ) -> (id: Int32, end: Int)? {
        if isInitial {
            return longestToken(text, rest, lengths: initialLengths, prefix: nil, VocabularyHash(), &hashes)
        }
        return longestToken(
            text, rest, lengths: continuationLengths, prefix: continuationPrefix, continuationHash, &hashes)
    }

    @inline(__always)
    private func longestToken(
        _ text: Span<UInt8>, _ rest: Range<Int>, lengths: TokenLengths, prefix: [UInt8]?, _ prefixHash: VocabularyHash,
        _ hashes: inout MutableSpan<VocabularyHash>
    ) -> (id: Int32, end: Int)? {
        let start = rest.lowerBound
        var length = min(lengths.longest, rest.count)
        if length > 0 { length = lengths.candidate(text, at: start, limit: length) }
        var hash = prefixHash
        for offset in 0..<length {
            hash.add(text[start + offset])
            hashes[offset] = hash
        }
        while length > 0 {
            let id = vocabulary.id(prefix: prefix, text, start..<start + length, hash: hashes[length - 1])
            if let id { return (id, start + length) }
            if length == 1 { return nil }
            length = lengths.candidate(text, at: start, limit: length - 1)
        }
        return nil
    }

    private func scalarCount(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
        var count = 0
        for position in range where text[position] & 0xC0 != 0x80 { count += 1 }
        return count
    }
}
