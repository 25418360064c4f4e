// SPDX-License-Identifier: Apache-2.0

extension EncodingRun {
    /// Splits the text at the added tokens and cuts what is between them into pieces, each as a whole.
    ///
    /// Follows `tokenize` in Transformers' tokenization_python.py and tokenization_siglip.py.
    mutating func encode(_ text: Span<UInt8>, with tokenizer: Tokenizer, _ model: SentencePiece) {
        let matcher = tokenizer.addedTokens.verbatim
        // One more, for a lone "▁" may go.
        let limit = side == .right && tokens.limit < text.count ? tokens.limit + 1 : .max
        /// Whether the only token so far is a lone "▁", which goes if a special token follows.
        var isMark = false
        var position = 0
        var search = 0
        while true {
            let match = matcher.nextMatch(in: text, search: &search, startingBefore: text.count)
            let end = match?.range.lowerBound ?? text.count
            // A text begins with "▁", so that even nothing before a token is a piece of text.
            if position < end || position == 0 {
                let found = model.pieces(
                    of: text, position..<end, stoppingAfter: limit, isAligned: isAligned)
                for piece in found.pieces {
                    let added =
                        piece.isUnknown ? tokenizer.addedTokens.id(of: Array(found.text.bytes[piece.range])) : nil
                    if isMark, tokens.contentCount == 1, model.isSpecial(piece, of: found) { dropFirst() }
                    tokens.append(added ?? piece.id, found.text.sourceRange(of: piece.range))
                    isMark = tokens.contentCount == 1 && model.isMark(piece, of: found)
                }
            }
            if side == .left { tokens.dropExcess() }
            bytesRead = match?.range.upperBound ?? text.count
            guard let match, !isDone else { return }
            if isMark, model.isSpecial(match.range.map { text[$0] }) { dropFirst() }
            isMark = false
            tokens.append(match.token.id, match.range)
            if isDone { return }
            position = match.range.upperBound
            if position == text.count { return }
        }
    }

    private mutating func dropFirst() { tokens.truncate(to: tokens.count - 1) }
}
