// SPDX-License-Identifier: Apache-2.0

/// How a device keeps a model's matrices and token embeddings in memory.
///
/// What is small (norms, biases, positions, the head) stays float32 in every type.
package enum WeightType: String, Sendable, CaseIterable {
    case float32
    /// Half the memory; for weights of ordinary models as good as float32.
    case float16
    /// Half the memory, 8 bits of precision; the range of float32; fast where the processor multiplies it.
    case bfloat16
    /// A quarter of the memory: whole numbers with a factor for each output and each 128 inputs.
    case int8
}
