// SPDX-License-Identifier: Apache-2.0

/// A function applied to each element.
package enum Activation: Sendable, Equatable, CaseIterable {
    /// x
    case identity
    /// x · Φ(x), with the exact error function: Φ(x) = ½ (1 + erf(x ÷ √2)). Paper: arXiv 1606.08415.
    case gelu
    /// ½ x (1 + tanh(√(2 ÷ π) (x + 0.044715 x³)))
    case geluTanh
    /// x ÷ (1 + e^(−1.702 x)), CLIP's.
    case quickGelu
    /// max(x, 0)
    case relu
    /// x ÷ (1 + e⁻ˣ)
    case silu
    /// tanh x
    case tanh

    /// The activation that `config.json` calls `name` (`ACT2FN` in Transformers' activations.py).
    package init?(transformersName name: String) {
        switch name {
        case "gelu": self = .gelu
        case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": self = .geluTanh
        case "quick_gelu": self = .quickGelu
        case "relu": self = .relu
        case "silu", "swish": self = .silu
        case "tanh": self = .tanh
        default: return nil
        }
    }

    /// The names that ``init(transformersName:)`` knows, for error messages.
    package static let transformersNames =
        "gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, quick_gelu, relu, silu, swish, tanh"

    /// The activation of the PyTorch class at `path`, such as "torch.nn.modules.activation.Tanh".
    ///
    /// The path is only compared with known names; nothing is loaded by it.
    package init?(torchClass path: String) {
        guard path.hasPrefix("torch.nn.") else { return nil }
        switch path.split(separator: ".").last {
        case "Identity": self = .identity
        case "GELU": self = .gelu
        case "ReLU": self = .relu
        case "SiLU": self = .silu
        case "Tanh": self = .tanh
        default: return nil
        }
    }
}
