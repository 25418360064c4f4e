// SPDX-License-Identifier: Apache-2.0

/// The hidden states that a batch has: a row for each token, or for each patch of an image and its class token.
struct BatchRows: Sendable {
    /// Of each sequence.
    let counts: [Int]
    /// Where each sequence's rows begin, then where the last one's end.
    let offsets: [Int]

    init(counts: [Int]) {
        self.counts = counts
        var offsets = [0]
        offsets.reserveCapacity(counts.count + 1)
        for count in counts { offsets.append(offsets[offsets.count - 1] + count) }
        self.offsets = offsets
    }

    /// Of all sequences together.
    var total: Int { offsets[counts.count] }
}

/// What the sequences of a batch are made of, during a pass.
///
/// @unchecked: nobody writes to what it points to.
struct BatchInput: @unchecked Sendable {
    let tokenIDs: UnsafeBufferPointer<Int32>
    let patches: UnsafeBufferPointer<Float>
}

extension RaggedBatch {
    /// Calls `body` with what the sequences are made of.
    func withInput<Result>(_ body: (BatchInput) -> Result) -> Result {
        tokenIDs.withUnsafeBufferPointer { ids in
            patches.withUnsafeBufferPointer { body(BatchInput(tokenIDs: ids, patches: $0)) }
        }
    }
}
