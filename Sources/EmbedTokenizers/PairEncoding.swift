// SPDX-License-Identifier: Apache-2.0

/// What two texts become together: token ids framed by the model's special tokens.
package struct PairEncoding: Sendable, Equatable {
    /// Which text a token is of.
    package enum Source: Sendable, Equatable {
        case first
        case second
        /// None: the post-processor put it there.
        case frame
    }

    package var ids: [Int32] = []
    /// For each id its type, such as 0 for the first text and 1 for the second.
    package var typeIDs: [UInt32] = []
    package var sources: [Source] = []
    /// For each id, the bytes of its own text it stands for, and `0..<0` for the frame; empty unless asked for.
    package var offsets: [Range<Int>] = []
    /// Whether tokens of the first text were cut off.
    package var isFirstTruncated = false
    /// Whether tokens of the second text were cut off.
    package var isSecondTruncated = false
    /// How many bytes of both texts were looked at; texts cut on the right are not read to their end.
    package var bytesRead = 0
}

/// Which of two texts is cut when both together are too long.
package enum PairTruncation: Sendable {
    /// The longer one, and both once they are equal.
    case longestFirst
    case onlyFirst
    case onlySecond
}

/// Why two texts can't become one input.
package enum PairError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The text that must not be cut leaves no room for the other.
    case noRoom(maxTokens: Int)
    /// The tokenizer's file says nothing about two texts, or what this program doesn't know.
    case noTemplate

    package var description: String {
        switch self {
        case .noRoom(let maxTokens):
            "the text that is not to be cut leaves no room for the other in \(maxTokens) tokens"
        case .noTemplate: "tokenizer.json: post_processor has no template for two texts that is supported"
        }
    }
}
