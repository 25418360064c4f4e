// SPDX-License-Identifier: Apache-2.0

/// What makes the first hidden states of a sequence.
package enum InputLayer: Sendable {
    /// Of a text.
    case tokens(Embeddings)
    /// Of an image.
    case patches(PatchEmbeddings)
}
