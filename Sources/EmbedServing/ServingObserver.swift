// SPDX-License-Identifier: Apache-2.0

/// Is told what happens while requests are served, for whoever keeps the figures.
package protocol ServingObserver: Sendable {
    /// The observer of the model with this canonical id; always the same one.
    func observer(ofModel id: String) -> any ModelObserver
}

/// Is told what happens to one model and its queue.
///
/// Called on the path of every request: an implementation must not wait or allocate.
package protocol ModelObserver: Sendable {
    /// The model is ready; `weightByteCount` bytes of memory hold its weights.
    func didLoad(weightByteCount: Int, in duration: Duration)
    func didFailToLoad()
    func didUnload()
    /// The inputs of a request were tokenized; `tokens` go through the model.
    func didTokenize(inputs: Int, tokens: Int, truncatedInputs: Int, in duration: Duration)
    /// The images among a request's inputs were decoded and resized.
    func didReadImages(_ count: Int, in duration: Duration)
    /// This much waits in the queue now.
    func queueHas(requests: Int, tokens: Int)
    /// A request's first input left the queue after this time.
    func didWait(_ duration: Duration)
    /// A forward pass is done.
    func didRunBatch(inputs: Int, tokens: Int, in duration: Duration)
}

/// Looks away.
package struct NoObserver: ServingObserver, ModelObserver {
    package init() {}

    package func observer(ofModel id: String) -> any ModelObserver { self }
    package func didLoad(weightByteCount: Int, in duration: Duration) {}
    package func didFailToLoad() {}
    package func didUnload() {}
    package func didTokenize(inputs: Int, tokens: Int, truncatedInputs: Int, in duration: Duration) {}
    package func didReadImages(_ count: Int, in duration: Duration) {}
    package func queueHas(requests: Int, tokens: Int) {}
    package func didWait(_ duration: Duration) {}
    package func didRunBatch(inputs: Int, tokens: Int, in duration: Duration) {}
}
