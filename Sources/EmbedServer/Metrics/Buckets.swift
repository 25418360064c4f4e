// SPDX-License-Identifier: Apache-2.0

/// The upper ends of the histograms' ranges.
///
/// Each is at most two and a half times the one before, so that a percentile read from them is wrong by no more than
/// that; what is slower than the last is a fault, whatever its time.
enum Buckets {
    /// Seconds of a whole request: a short text takes 2 ms on an idle server, a long batch or a full queue seconds, and
    /// clients commonly give up after half a minute or a whole one.
    static let request = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]
    /// Seconds in the queue: next to none on an idle device, up to 2 ms while a batch is held back, a batch's time and
    /// more under load.
    static let queueWait = [
        0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20,
    ]
    /// Seconds of tokenizing: some ten microseconds for a sentence, tenths of a second for thousands of long texts.
    static let tokenize = [
        0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2,
        0.5,
    ]
    /// Seconds of a forward pass: 1 ms for a few tokens of a small model, seconds for a full batch of a large one.
    static let inference = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]
    /// Inputs of a batch; the powers of two show whether requests come together at all.
    static let batchInputs = [1.0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
    /// Tokens of a batch: from one short text to the budget, which is 1,024 for each thread where nobody set it.
    static let batchTokens = [8.0, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536]
}
