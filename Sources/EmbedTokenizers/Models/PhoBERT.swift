// SPDX-License-Identifier: Apache-2.0

/// PhoBERT's byte-pair encoding: over the characters of words between white space, a word's last one marked as such.
///
/// Follows `PhobertTokenizer` in Transformers' tokenization_phobert.py. What merges need not be a token: pieces that the
/// vocabulary doesn't have become unknown once nothing merges any more. A word takes a newline right behind it along.
struct PhoBERT: Sendable {
    let vocabulary: Vocabulary
    /// What takes part in merges; one that ends a word is spelled with ``endMark`` in front.
    private let symbols: Vocabulary
    /// For each symbol its token's id, or the unknown token's.
    private let tokenIDs: [Int32]
    private let merges: MergeTable
    let unknownID: Int32

    /// A byte that UTF-8 doesn't have.
    private static let endMark: [UInt8] = [0xFF]
    private static let endOfWord = Array("</w>".utf8)
    private static let continuation = Array("@@".utf8)

    init(_ parts: PhoBERTParts) throws(TokenizerError) {
        var vocabulary = Vocabulary(expectedCount: parts.tokens.count)
        for token in parts.tokens {
            guard token.id <= Vocabulary.highestID, vocabulary.insert(token.spelling.span, id: Int32(token.id)) else {
                throw .invalid(key: "the vocabulary", reason: "holds ids that are too high, or too many similar tokens")
            }
        }
        guard let unknown = vocabulary.id(of: parts.unknownToken) else {
            throw .missing(key: String(decoding: parts.unknownToken, as: UTF8.self))
        }
        self.vocabulary = vocabulary
        unknownID = unknown
        var builder = SymbolBuilder(vocabulary: vocabulary, unknownID: unknown, mergeCount: parts.merges.count)
        for (rank, merge) in parts.merges.enumerated() {
            let (left, right) = (Self.spelling(merge.left), Self.spelling(merge.right))
            // What ends a word has nothing behind it, so it never merges as the left side.
            if left.isLast { continue }
            let merged = right.isLast ? Self.endMark + left.bytes + right.bytes.dropFirst() : left.bytes + right.bytes
            guard let first = builder.id(of: left.bytes), let second = builder.id(of: right.bytes),
                let both = builder.id(of: merged), builder.merges.insert(first, second, rank: rank, id: both)
            else { throw .invalid(key: "the merges", reason: "hold too many pairs with the same hash") }
        }
        symbols = builder.symbols
        tokenIDs = builder.tokenIDs
        merges = builder.merges
    }

    /// Cuts text into words: what stands between white space, with one newline behind it.
    func cut(_ text: Span<UInt8>, _ range: Range<Int>, into words: inout [Range<Int>]) {
        var start: Int?
        var position = range.lowerBound
        while position < range.upperBound {
            let (scalar, length) = UTF8Decoding.scalar(text, at: position)
            if PythonText.isSpace(scalar) {
                if let first = start { words.append(first..<(scalar == 0x0A ? position + 1 : position)) }
                start = nil
            } else if start == nil {
                start = position
            }
            position += length
        }
        if let first = start { words.append(first..<range.upperBound) }
    }

    func tokenize(
        _ text: AlignedText, _ words: [Range<Int>], into tokens: inout TokenBuffer, stoppingAfter limit: Int
    ) {
        let text = text.bytes.span
        var row = SymbolRow(mergesInRounds: true)
        for word in words {
            row.removeAll()
            var position = word.lowerBound
            while position < word.upperBound {
                let length = UTF8Decoding.scalar(text, at: position).length
                let character = position..<position + length
                let mark = character.upperBound == word.upperBound ? Self.endMark : nil
                var hash = VocabularyHash(of: mark ?? [])
                for offset in character { hash.add(text[offset]) }
                // A character that never merges is a symbol too: a token, or an unknown one.
                let id = symbols.id(prefix: mark, text, character, hash: hash) ?? .max
                row.append(id, length: length)
                position += length
            }
            row.merge(merges)
            appendTokens(of: row, text, word, to: &tokens)
            if tokens.contentCount > limit { return }
        }
    }

    private func appendTokens(
        of row: SymbolRow, _ text: Span<UInt8>, _ word: Range<Int>, to tokens: inout TokenBuffer
    ) {
        var start = word.lowerBound
        for index in 0..<row.count {
            let end = start + row.length(at: index)
            let symbol = row.id(at: index)
            if symbol != .max {
                tokens.append(tokenIDs[Int(symbol)], start..<end)
            } else {
                let spelling = (start..<end).map { text[$0] } + (end < word.upperBound ? Self.continuation : [])
                tokens.append(vocabulary.id(of: spelling) ?? unknownID, start..<end)
            }
            start = end
        }
    }

    /// A symbol of the merges as ``symbols`` spells it.
    private static func spelling(_ symbol: ArraySlice<UInt8>) -> (bytes: [UInt8], isLast: Bool) {
        guard symbol.count > endOfWord.count, symbol.suffix(endOfWord.count) == endOfWord[...] else {
            return (Array(symbol), false)
        }
        return (endMark + symbol.dropLast(endOfWord.count), true)
    }

    /// Symbols as the merges name them.
    private struct SymbolBuilder {
        let vocabulary: Vocabulary
        let unknownID: Int32
        var symbols: Vocabulary
        var tokenIDs: [Int32] = []
        var merges: MergeTable

        init(vocabulary: Vocabulary, unknownID: Int32, mergeCount: Int) {
            self.vocabulary = vocabulary
            self.unknownID = unknownID
            symbols = Vocabulary(expectedCount: 3 * mergeCount)
            merges = MergeTable(count: mergeCount)
        }

        /// The number of a symbol, new or not; nothing when no free slot is near.
        mutating func id(of symbol: [UInt8]) -> Int32? {
            if let id = symbols.id(of: symbol) { return id }
            let isLast = symbol.first == endMark[0]
            let token = isLast ? Array(symbol.dropFirst()) : symbol + continuation
            guard symbols.append(symbol.span) else { return nil }
            tokenIDs.append(vocabulary.id(of: token) ?? unknownID)
            return Int32(tokenIDs.count - 1)
        }
    }
}
