// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Rotary positions: pairs of a head's components are turned by an angle in proportion to the token's place.
///
/// In each head of query and key, component i < size ÷ 2 and component i + size ÷ 2 are turned by p · frequencies[i]
/// for place p = 0, 1, … in the sequence, and multiplied by `magnitude`; the components from `size` on stay as they
/// are. Paper: arXiv 2104.09864.
package struct Rotary: Sendable, Hashable {
    /// Radians per place: `[size ÷ 2]`.
    package var frequencies: [Float]
    package var magnitude: Float
    /// What changes in sequences longer than those the model was trained with.
    package var stretching: Stretching?

    package init(frequencies: [Float], magnitude: Float = 1, stretching: Stretching? = nil) {
        self.frequencies = frequencies
        self.magnitude = magnitude
        self.stretching = stretching
    }

    /// The usual frequencies base^(−2i ÷ size), computed in single precision as Transformers does.
    package init(base: Float, size: Int) {
        self.init(frequencies: Self.frequencies(base: base, size: size))
    }

    /// Components that are turned.
    package var size: Int { 2 * frequencies.count }

    /// Dynamic NTK scaling: sequences of n > trainedLength tokens have the frequencies of another base,
    /// base · (factor · n ÷ trainedLength − (factor − 1))^(size ÷ (size − 2)).
    ///
    /// Transformers takes the longest sequence of a batch for n; here each sequence has its own, so that a text gets the
    /// same vector in any batch.
    package struct Stretching: Sendable, Hashable {
        package var base: Float
        package var factor: Float
        package var trainedLength: Int

        package init(base: Float, factor: Float, trainedLength: Int) {
            self.base = base
            self.factor = factor
            self.trainedLength = trainedLength
        }
    }

    /// The frequencies in a sequence of `length` tokens.
    package func frequencies(forLength length: Int) -> [Float] {
        guard let stretching, length > stretching.trainedLength, size > 2 else { return frequencies }
        let growth =
            stretching.factor * Float(length) / Float(stretching.trainedLength) - (stretching.factor - 1)
        let base = stretching.base * powf(growth, Float(size) / Float(size - 2))
        return Self.frequencies(base: base, size: size)
    }

    /// base^(−2i ÷ size) for i < size ÷ 2.
    package static func frequencies(base: Float, size: Int) -> [Float] {
        (0..<size / 2).map { 1 / powf(base, Float(2 * $0) / Float(size)) }
    }
}
