// SPDX-License-Identifier: Apache-2.0

/// What a request wants a model's vectors to be.
package struct OutputOptions: Sendable, Equatable {
    /// Keep the first so many components; `nil` keeps those that the model's files keep.
    package var dimensions: Int?
    /// Vectors get length 1, whatever the model does.
    package var normalizes: Bool
    /// What ``dimensions`` leaves of a vector of length 1.
    package var matryoshka: MatryoshkaPolicy

    package init(
        dimensions: Int? = nil, normalizes: Bool = false, matryoshka: MatryoshkaPolicy = .normalized
    ) {
        self.dimensions = dimensions
        self.normalizes = normalizes
        self.matryoshka = matryoshka
    }
}

extension ModelDescription {
    /// Makes what `options` wants of vectors that the model has computed, or of means of those.
    ///
    /// The cut of `truncate_dim` is a bare one, after all modules, as in sentence-transformers; where vectors are to have
    /// length 1 they are scaled after it. Shapes: `values` is `[count, fullDimension]`; so is the result with its own
    /// dimension.
    package func output(
        _ values: [Float], areMeans: Bool = false, _ options: OutputOptions
    ) -> (values: [Float], dimension: Int) {
        var values = values
        var isUnit = isNormalized && !areMeans
        if options.normalizes, !isUnit {
            Vectors.normalize(&values, dimension: fullDimension)
            isUnit = true
        }
        let kept = options.dimensions ?? dimension
        let normalizesAgain =
            options.dimensions == nil ? options.normalizes : isUnit && options.matryoshka == .normalized
        return (Matryoshka.cut(values, from: fullDimension, to: kept, normalizes: normalizesAgain), kept)
    }
}
