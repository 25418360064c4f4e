// SPDX-License-Identifier: Apache-2.0

import EmbedModels

/// Sequences one after the other, without padding: token ids of texts, or the patches of images, one kind in a batch.
package struct RaggedBatch: Sendable, Equatable {
    /// Of all sequences: `[tokens]`.
    package private(set) var tokenIDs: [Int32] = []
    /// Where each sequence begins, then where the last one ends: `[sequences + 1]`.
    package private(set) var offsets = [0]
    /// How many tokens at the beginning of each sequence pooling leaves out: `[sequences]`.
    package private(set) var promptLengths: [Int] = []
    /// The number of each sequence's task among ``Transformer/adapters``; `nil` adds nothing: `[sequences]`.
    package private(set) var tasks: [Int?] = []
    /// Of all images: for each its patches as ``EmbedModels/ImageTower`` has them.
    package private(set) var patches: [Float] = []
    /// Where the numbers of each sequence's patches begin, then where the last one's end: `[sequences + 1]`.
    private(set) var patchOffsets = [0]
    /// By sequence, the tokens that each of its vectors is pooled from; a sequence that is missing has one vector.
    private var spans: [Int: [Range<Int>]] = [:]

    /// A batch without sequences.
    package init() {}

    package init(_ sequences: some Sequence<[Int32]>) {
        for sequence in sequences { append(sequence) }
    }

    /// The number of sequences.
    package var count: Int { promptLengths.count }

    /// Adds a sequence whose first `promptLength` tokens are a prompt that pooling leaves out, for the model's task number
    /// `task`.
    package mutating func append(_ sequence: some Collection<Int32>, promptLength: Int = 0, task: Int? = nil) {
        tokenIDs.append(contentsOf: sequence)
        finish(promptLength: promptLength, task: task)
    }

    /// Adds an image: `[patches, 3 · patchSize²]`.
    package mutating func append(patches numbers: some Collection<Float>) {
        patches.append(contentsOf: numbers)
        finish(promptLength: 0, task: nil)
    }

    private mutating func finish(promptLength: Int, task: Int?) {
        offsets.append(tokenIDs.count)
        patchOffsets.append(patches.count)
        promptLengths.append(promptLength)
        tasks.append(task)
    }

    /// Adds a sequence that gives a vector for each of `spans`, tokens counted from its first.
    package mutating func append(_ sequence: some Collection<Int32>, spans: [Range<Int>], task: Int? = nil) {
        precondition(spans.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= sequence.count })
        self.spans[count] = spans
        append(sequence, task: task)
    }

    /// Where each sequence's vectors begin, then where the last one's end: `[sequences + 1]`.
    package var vectorOffsets: [Int] {
        var offsets = [0]
        offsets.reserveCapacity(count + 1)
        for index in 0..<count { offsets.append(offsets[index] + (spans[index]?.count ?? 1)) }
        return offsets
    }

    /// The tokens of the sequence at `index` that its vectors are pooled from; `nil` is one vector of all.
    func spans(of index: Int) -> [Range<Int>]? { spans.isEmpty ? nil : spans[index] }

    /// The number of tokens of the sequence at `index`.
    package func length(of index: Int) -> Int { offsets[index + 1] - offsets[index] }

    /// The number of numbers of the patches of the sequence at `index`.
    func patchNumbers(of index: Int) -> Int { patchOffsets[index + 1] - patchOffsets[index] }
}
