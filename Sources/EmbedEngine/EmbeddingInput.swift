// SPDX-License-Identifier: Apache-2.0

/// One thing to embed.
package enum EmbeddingInput: Sendable, Equatable {
    /// A text in UTF-8; may be empty.
    case text([UInt8])
    /// The model's own token ids, framed by its special tokens as its tokenizer frames them.
    case tokenIDs([Int32])
    /// The bytes of an image file.
    case image([UInt8])

    package static func text(_ text: String) -> EmbeddingInput { .text(Array(text.utf8)) }
}

/// Which token ids are accepted as input.
package enum TokenIDPolicy: String, Sendable, CaseIterable {
    /// Only ids that stand between the special tokens that the model's tokenizer always puts. Clients such as
    /// LangChain send the ids of another tokenizer by default; most of those lie inside the vocabulary too.
    case framed
    /// Every id in the vocabulary.
    case any
}
