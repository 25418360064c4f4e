// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// Byte-pair encoding: of a word's neighbouring symbols the pair learnt first merges, until none does.
///
/// Follows `BPE` of Hugging Face `tokenizers`; paper: Sennrich et al., arXiv 1508.07909. Behind a byte-level
/// pre-tokenizer symbols begin as bytes, else as characters, of which unknown ones may fall back to bytes.
struct BPE: Sendable {
    let vocabulary: Vocabulary
    /// Whether a word may be cut before "▁" without changing its tokens, because no merge reaches across.
    let cutsBeforeSpaceMarker: Bool
    /// The id of "unk_token", which byte-level models may name without ever needing it.
    let unknownID: Int32?
    private let symbols: BPESymbols
    private let merges: MergeTable
    private let wholeWords: WordTable

    /// "▁", by which SentencePiece spells a space.
    private static let spaceMarker = Array("\u{2581}".utf8)

    init(_ field: TokenizerField, isByteLevel: Bool) throws(TokenizerError) {
        if let dropout = try field.optional("dropout"), dropout.value.double != 0 {
            throw .unsupported(key: dropout.path, found: dropout.value.rawText, supported: ["null", "0"])
        }
        // The mark of a word's end is CLIP's, whose words are bytes.
        for key in ["continuing_subword_prefix"] + (isByteLevel ? [] : ["end_of_word_suffix"]) {
            guard let affix = try field.optional(key) else { continue }
            let found = try affix.string()
            if !found.isEmpty { throw .unsupported(key: affix.path, found: found, supported: ["null", "\"\""]) }
        }
        let ignoresMerges = try field.optional("ignore_merges")?.bool() ?? false
        vocabulary = try Vocabulary(try field.member("vocab"))
        unknownID =
            if let unknown = try field.optional("unk_token") { vocabulary.id(of: try unknown.utf8()) } else { nil }
        symbols = try BPESymbols(field, vocabulary: vocabulary, isByteLevel: isByteLevel)
        let reading = try BPEMerges(try field.member("merges"), vocabulary: vocabulary)
        merges = reading.table
        cutsBeforeSpaceMarker =
            !isByteLevel && !ignoresMerges && !reading.joinsBeforeSpaceMarker && symbols.keepsEverything
            && vocabulary.id(of: Self.spaceMarker) != nil
        wholeWords = try Self.wholeWords(
            field, vocabulary: vocabulary, symbols: symbols, merges: merges, ignoresMerges: ignoresMerges)
    }

    func tokenize(
        _ text: AlignedText, _ words: [Range<Int>], into tokens: inout TokenBuffer, stoppingAfter limit: Int
    ) {
        let text = text.bytes.span
        var row = SymbolRow()
        for word in words {
            if let id = wholeWords.id(text, word) {
                tokens.append(id, word)
            } else {
                row.removeAll()
                symbols.append(text, word, vocabulary: vocabulary, to: &row)
                row.merge(merges)
                var start = word.lowerBound
                for index in 0..<row.count {
                    let end = start + row.length(at: index)
                    tokens.append(row.id(at: index), start..<end)
                    start = end
                }
            }
            if tokens.contentCount > limit { return }
        }
    }

    /// Cuts a word before every "▁" that follows another character, for ``cutsBeforeSpaceMarker``.
    ///
    /// The last part goes on when the word does; the others stay.
    func cut(_ text: Span<UInt8>, _ word: Range<Int>, into words: inout [Range<Int>]) {
        var start = word.lowerBound
        var position = word.lowerBound
        var followsMarker = true
        while position < word.upperBound {
            let isMarker =
                text[position] == Self.spaceMarker[0] && position + 2 < word.upperBound
                && text[position + 1] == Self.spaceMarker[1] && text[position + 2] == Self.spaceMarker[2]
            if isMarker, !followsMarker {
                words.append(start..<position)
                start = position
            }
            followsMarker = isMarker
            position += isMarker ? 3 : 1
        }
        if start < word.upperBound { words.append(start..<word.upperBound) }
    }

    /// The words that become one token: those whose merges end there, or all tokens when merges are to be ignored.
    private static func wholeWords(
        _ field: TokenizerField, vocabulary: Vocabulary, symbols: BPESymbols, merges: MergeTable, ignoresMerges: Bool
    ) throws(TokenizerError) -> WordTable {
        var table = WordTable(count: vocabulary.count)
        var row = SymbolRow()
        var word: [UInt8] = []
        for index in 0..<vocabulary.count {
            let token = Array(vocabulary.entry(index))
            let id = vocabulary.id(at: index)
            if symbols.byteLevelIDs.isEmpty {
                word = token
            } else {
                // A whole word is spelled with the mark of its end, unless merges don't matter.
                let suffix = ignoresMerges ? [] : symbols.suffix
                guard suffix.isEmpty || token.suffix(suffix.count) == suffix[...] else { continue }
                let spelling = Array(token.dropLast(suffix.count))
                if !ByteAlphabet.decode(spelling.span, into: &word) { continue }
            }
            if word.isEmpty { continue }
            if ignoresMerges {
                guard table.insert(word, id: id) else {
                    throw .invalid(key: "\(field.path).vocab", reason: "holds too many tokens with the same hash")
                }
                continue
            }
            row.removeAll()
            symbols.append(word.span, 0..<word.count, vocabulary: vocabulary, to: &row)
            row.merge(merges)
            if row.count == 1, row.id(at: 0) == id, row.length(at: 0) == word.count {
                _ = table.insert(word, id: id)
            }
        }
        return table
    }
}
