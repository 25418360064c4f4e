// SPDX-License-Identifier: Apache-2.0

package import EmbedModels

/// What executes a model: any ``Transformer``, in its own way.
package protocol Device: Sendable {
    /// For people, such as "cpu (avx512)".
    var name: String { get }

    /// Copies the weights that `transformer` and `head` describe into the device's memory, in its own layout and as
    /// `weights`.
    ///
    /// The checkpoint is not needed afterwards.
    func load(_ transformer: Transformer, head: Head, weights: WeightType) throws(DeviceError) -> any LoadedModel

    /// The vectors that `batch` gets with float32 weights, for comparison with a model of narrower ones: `[sequences,
    /// dimension]`.
    ///
    /// The model is never in memory as a whole. Ids must lie in the vocabulary, sequences must not be too long and images
    /// must have the patches that the model takes.
    func embedOnce(_ batch: RaggedBatch, _ transformer: Transformer, head: Head) throws(DeviceError) -> VectorBatch
}

/// A model on a device.
package protocol LoadedModel: Sendable {
    /// Components of a vector.
    var dimension: Int { get }
    /// Components of a hidden state.
    var hiddenSize: Int { get }
    /// What multiplies the model's matrices: "float32", or the name of the unit that multiplies narrow numbers.
    var arithmetic: String { get }
    /// Memory that the weights take on the device; what ``withHead(_:)`` has taken from another model is not counted.
    var weightByteCount: Int { get }

    /// A model of the same transformer, whose weights it shares, with another head.
    func withHead(_ head: Head) throws(DeviceError) -> any LoadedModel

    /// The vectors of `batch`: `[vectors, dimension]`, one for each sequence or for each of its spans.
    ///
    /// A sequence gets the same vector in any batch. An empty sequence pools to zeros. One batch is computed at a time;
    /// other callers wait.
    /// - Throws: ``DeviceError/nonFiniteOutput(sequence:)``, and an error for every sequence the model can't take.
    func embed(_ batch: RaggedBatch) throws(DeviceError) -> VectorBatch

    /// The hidden states of the last block, before pooling: `[tokens, hidden]`, or of images `[class tokens and patches,
    /// hidden]`.
    func hiddenStates(of batch: RaggedBatch) throws(DeviceError) -> [Float]
}
