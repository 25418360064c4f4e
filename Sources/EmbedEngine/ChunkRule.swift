// SPDX-License-Identifier: Apache-2.0

import EmbedTokenizers

/// How a long text is divided into parts that are embedded one by one.
///
/// Follows the Vector Embedder Microservice: the text's tokens, without special ones, are dealt into runs; a run's length
/// in characters is that of its tokens joined by spaces, and the text is cut at these lengths. A part is so a little
/// longer than what its tokens stand for, wherever the tokenizer splits words. Parts that come out empty are left out.
package struct ChunkRule: Sendable, Equatable {
    /// Tokens of a run.
    package var tokens: Int
    /// The first so many parts are embedded, the rest of the text is not.
    package var maxChunks: Int

    /// - Parameters:
    ///   - tokens: at least 1.
    ///   - maxChunks: at least 1.
    package init(tokens: Int, maxChunks: Int) {
        self.tokens = tokens
        self.maxChunks = maxChunks
    }

    /// The rule of the Vector Embedder Microservice.
    package static let vectorEmbedder = ChunkRule(tokens: 512, maxChunks: 5)

    /// The parts of `text`, at least one, and whether some of it is in none of them.
    ///
    /// - Complexity: O(bytes of the first ``maxChunks`` parts): the rest of a long text is never read.
    func chunks(of text: [UInt8], tokenizer: Tokenizer) -> (parts: [ArraySlice<UInt8>], isCut: Bool) {
        let encoding = tokenizer.encode(text, maxTokens: tokens * maxChunks + 1, addSpecialTokens: false)
        var parts: [ArraySlice<UInt8>] = []
        var rest = text[...]
        var run = 0
        while !rest.isEmpty, run < maxChunks {
            let ids = encoding.ids.dropFirst(run * tokens)
            // The last run takes whatever is left of the text.
            guard ids.count > tokens else {
                parts.append(rest)
                rest = []
                break
            }
            let part = rest.prefix(scalars: Self.joinedLength(of: ids.prefix(tokens), tokenizer))
            parts.append(part)
            rest = rest[part.endIndex...]
            run += 1
        }
        return (parts.isEmpty ? [text[...]] : parts, !rest.isEmpty)
    }

    /// Characters of the tokens with a space between every two.
    private static func joinedLength(of ids: some Collection<Int32>, _ tokenizer: Tokenizer) -> Int {
        ids.reduce(ids.count - 1) { $0 + (tokenizer.token(for: $1)?.unicodeScalars.count ?? 0) }
    }
}

extension ArraySlice<UInt8> {
    /// The first `count` Unicode scalars of UTF-8.
    fileprivate func prefix(scalars count: Int) -> ArraySlice<UInt8> {
        var remaining = count
        let end = firstIndex { byte in
            // Continuation bytes belong to the scalar before them.
            if byte & 0xC0 != 0x80 { remaining -= 1 }
            return remaining < 0
        }
        return self[..<(end ?? endIndex)]
    }
}
