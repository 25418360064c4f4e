// SPDX-License-Identifier: Apache-2.0

package import EmbedModels
import Synchronization

/// The CPU: the best kernels it can run and one pool of compute threads for all models.
package struct CPUDevice: Device {
    private let kernels: Kernels
    private let pool: WorkerPool

    /// Starts `threads` − 1 threads; the caller of a computation is the last.
    ///
    /// `isa` names the kernels ("scalar", "avx2", "avx512", "neon"); `nil` takes the best.
    /// - Throws: ``DeviceError/instructionSet(_:usable:)`` when they don't run here.
    package init(threads: Int, isa: String? = nil) throws(DeviceError) {
        kernels = try Kernels(named: isa)
        pool = try WorkerPool(count: threads)
    }

    package var name: String { "cpu (\(isa))" }
    /// The kernels in use.
    package var isa: String { kernels.name }
    /// Compute threads, the caller's included.
    package var threads: Int { pool.count }

    package func load(
        _ transformer: Transformer, head: Head, weights: WeightType
    ) throws(DeviceError) -> any LoadedModel {
        try CPUModel(
            transformer, head: head, format: kernels.format(for: weights), kernels: kernels, pool: pool)
    }

    package func embedOnce(
        _ batch: RaggedBatch, _ transformer: Transformer, head: Head
    ) throws(DeviceError) -> VectorBatch {
        try StreamedModel(transformer: transformer, head: head, kernels: kernels, pool: pool).embed(batch)
    }

    /// Multiplications and additions a second that all threads can do with weights of this type, measured now, from
    /// registers only; takes a few milliseconds.
    package func measurePeak(for weights: WeightType) throws(DeviceError) -> Double {
        let format = try kernels.format(for: weights)
        let rates = Mutex<Double>(0)
        let clock = ContinuousClock()
        pool.run { _ in
            let start = clock.now
            let operations = format.peak(iterations: Self.peakIterations)
            let rate = operations / ((clock.now - start) / .seconds(1))
            rates.withLock { $0 += rate }
        }
        return rates.withLock { $0 }
    }

    /// About 2 ms on a vector unit of 3 GHz.
    private static let peakIterations = 200_000

    /// Every instruction set compiled for this kind of processor, best first.
    package static var instructionSets: [(isa: String, isUsable: Bool)] {
        Kernels.all.map { (isa: $0.name, isUsable: $0.isUsable) }
    }

    /// The processor's name as the system gives it.
    package static var processorName: String {
        let lines = (TextFile.read("/proc/cpuinfo") ?? "").split(separator: "\n")
        let model = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last
        return model.map { String($0.drop { $0.isWhitespace }) } ?? "unknown"
    }
}
