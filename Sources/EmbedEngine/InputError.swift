// SPDX-License-Identifier: Apache-2.0

package import EmbedImages

/// Why an input can't be embedded.
package enum InputError: Error, Equatable, Sendable {
    /// More tokens than the model takes, and cutting was not allowed.
    case tooLong(limit: Int)
    case emptyTokenIDs
    case tokenOutOfVocabulary(id: Int32, vocabularySize: Int)
    /// Token ids without the special tokens the model's tokenizer always puts around a text, such as 101 … 102.
    case unframedTokenIDs(prefix: [Int32], suffix: [Int32])
    /// Token ids beside a prompt that was asked for: they are embedded as they are.
    case promptForTokenIDs
    /// An image for a model that embeds texts only.
    case noImages
    case image(ImageError)
}
