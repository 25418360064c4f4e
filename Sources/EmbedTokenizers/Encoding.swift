// SPDX-License-Identifier: Apache-2.0

/// What a text becomes: token ids framed by the model's special tokens.
package struct Encoding: Sendable, Equatable {
    package var ids: [Int32]
    /// For each id, the bytes of the UTF-8 text it stands for, and `0..<0` for the frame.
    ///
    /// Empty unless asked for. An added token with `lstrip` or `rstrip` covers the white space it swallowed. Ranges never decrease, but
    /// neighbours may share bytes: a token can begin in the middle of what one scalar was normalised to.
    package var offsets: [Range<Int>]
    /// How many of the first ids are special tokens put there by the post-processor.
    package var prefixCount: Int
    /// How many of the last ids are special tokens put there by the post-processor.
    package var suffixCount: Int
    /// Whether tokens of the text were cut off.
    package var isTruncated: Bool
    /// How many bytes of the text were looked at; a text cut on the right is not read to its end.
    package var bytesRead: Int

    /// Leaves out every token with an id.
    mutating func omit(_ id: Int32) {
        let kept = ids.indices.filter { ids[$0] != id }
        guard kept.count < ids.count else { return }
        if !offsets.isEmpty { offsets = kept.map { offsets[$0] } }
        ids = kept.map { ids[$0] }
    }

    /// For each id, whether the post-processor put it there.
    package var specialTokensMask: [Bool] {
        ids.indices.map { $0 < prefixCount || $0 >= ids.count - suffixCount }
    }
}
