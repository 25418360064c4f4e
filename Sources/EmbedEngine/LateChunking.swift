// SPDX-License-Identifier: Apache-2.0

import EmbedTokenizers

/// Why texts can't be embedded as the parts of one document.
package enum LateChunkingError: Error, Equatable, Sendable {
    /// The mean of a part's tokens is no vector of this model; `found` are the names of its poolings.
    case pooling(found: [String])
    /// All parts together have more tokens than the model takes; cutting would leave parts without a vector.
    case tooLong(limit: Int)
    /// Ids are another document's, framed by special tokens.
    case tokenIDs(index: Int)
    case image(index: Int)
    /// The text at `index` has no tokens, so that there is nothing to take the mean of.
    case empty(index: Int)
}

extension EmbeddingModel {
    /// Makes one input of `parts`, the parts of one document in order, that gives a vector for each.
    ///
    /// Late chunking: the model reads the whole document at once, and the vector of a part is the mean of the hidden states
    /// of the part's tokens, then the modules after pooling. Each part is tokenized by itself, so that no token belongs to
    /// two parts and no two words grow together; the tokens stand in a row, after those of the prompt and between the
    /// model's special tokens, which belong to no part. Paper: arXiv 2409.04701. Its macro-chunks for documents over the
    /// model's length are not made: such a document is refused.
    package func prepare(
        document parts: [EmbeddingInput], _ reading: Reading? = nil
    ) throws(LateChunkingError) -> TokenizedInput {
        let reading = reading ?? standardReading
        let pipeline = pipelines[reading.pipeline]
        let (tokenizer, limit) = (pipeline.tokenizer, pipeline.maxInputTokens)
        guard pipeline.pooling == ["mean"] else { throw .pooling(found: pipeline.pooling) }
        var ids = tokenizer.prefixIDs
        var spans: [Range<Int>] = []
        /// Adds the tokens of `text`, and says which they are.
        func append(_ text: [UInt8]) throws(LateChunkingError) -> Range<Int> {
            let room = limit - tokenizer.suffixIDs.count - ids.count
            let encoding = tokenizer.encode(text, maxTokens: max(room, 0), addSpecialTokens: false)
            guard room >= 0, !encoding.isTruncated else { throw .tooLong(limit: limit) }
            let first = ids.count
            ids += encoding.ids
            return first..<ids.count
        }
        _ = try append(reading.prompt.text)
        for (index, part) in parts.enumerated() {
            let text: [UInt8]
            switch part {
            case .text(let part): text = part
            case .tokenIDs: throw .tokenIDs(index: index)
            case .image: throw .image(index: index)
            }
            let span = try append(text)
            guard !span.isEmpty else { throw .empty(index: index) }
            spans.append(span)
        }
        return TokenizedInput(
            tokenIDs: ids + tokenizer.suffixIDs, isTruncated: false, spans: spans, pipeline: reading.pipeline,
            task: reading.task)
    }
}
