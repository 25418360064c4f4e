// SPDX-License-Identifier: Apache-2.0

/// What happens to a text with more tokens than the model takes.
package enum LongTextPolicy: Sendable, Equatable {
    /// The end is cut off, as sentence-transformers does; the answer says how many inputs were cut.
    case cut
    /// The input is refused.
    case refuse
    /// Texts with more tokens than this are refused; below it the end is cut off where the model's length is less.
    case cutUpTo(tokens: Int)
    /// Parts of the text are embedded one by one, and their vectors averaged; see ``ChunkRule``. A model that embeds images
    /// too cuts texts instead, as the service does whose rule this is: they are captions.
    case average(ChunkRule)
}
