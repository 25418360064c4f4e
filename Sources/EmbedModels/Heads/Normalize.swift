// SPDX-License-Identifier: Apache-2.0

/// Scales a vector to length 1: x ÷ max(‖x‖₂, 1e-12).
///
/// Follows `Normalize` in sentence-transformers and `torch.nn.functional.normalize`.
package struct Normalize: Sendable, Equatable {
    /// A vector shorter than this is divided by this, so that zeros stay zeros.
    package static let smallestLength: Float = 1e-12

    package init() {}
}
