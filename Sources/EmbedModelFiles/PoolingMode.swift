// SPDX-License-Identifier: Apache-2.0

/// How the hidden states of a text's tokens become one vector; the raw values are sentence-transformers' names.
///
/// Formulas over the hidden states h₁ … hₙ: see ``EmbedModels``' `Pooling`.
package enum PoolingMode: String, Sendable, CaseIterable {
    /// h₁
    case cls
    /// The largest value of each component.
    case max
    /// Σ hᵢ ÷ n
    case mean
    /// Σ hᵢ ÷ √n
    case meanSquareRootLength = "mean_sqrt_len_tokens"
    /// Σ i·hᵢ ÷ Σ i
    case weightedMean = "weightedmean"
    /// hₙ
    case lastToken = "lasttoken"

    /// The boolean key of sentence-transformers before 5.4; in the order in which several are concatenated.
    var oldKey: String {
        switch self {
        case .cls: "pooling_mode_cls_token"
        case .max: "pooling_mode_max_tokens"
        case .mean: "pooling_mode_mean_tokens"
        case .meanSquareRootLength: "pooling_mode_mean_sqrt_len_tokens"
        case .weightedMean: "pooling_mode_weightedmean_tokens"
        case .lastToken: "pooling_mode_lasttoken"
        }
    }
}
