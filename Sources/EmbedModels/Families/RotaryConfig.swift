// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
package import EmbedModelFiles
import Glibc

/// What `config.json` says about rotary positions, in the spelling of Transformers 4 (`rope_theta`, `rope_scaling`) or 5
/// (`rope_parameters`).
///
/// Follows Transformers' modeling_rope_utils.py; its kinds longrope, proportional and axial are refused by name.
package struct RotaryConfig: Sendable {
    /// Kinds of Transformers' that ``rotary(headSize:maxPositions:)`` computes.
    private static let kinds = ["default", "linear", "dynamic", "yarn", "llama3"]
    /// A kind that only GTE's own code has.
    private static let ntk = "ntk"
    private static let lengths = 1...1_073_741_824

    private let kind: String
    /// Where the kind's own numbers stand.
    private let parameters: ConfigObject
    private let base: Double
    /// The part of a head's components that is turned.
    private let turnedPart: Double
    /// Stands over the length among the parameters, where config.json itself has one.
    private let originalLength: Int?
    private let truncatesYaRN: Bool
}

extension RotaryConfig {
    /// Positions that all layers share; `knowsNTK` where GTE's own code reads them.
    package init(
        _ config: ConfigObject, defaultBase: Double = 10_000, knowsNTK: Bool = false
    ) throws(ModelFileError) {
        let scaling = try config.object("rope_scaling")
        // An empty object counts as none.
        let key = scaling.map { $0.value.count > 0 } == true ? "rope_scaling" : "rope_parameters"
        let parameters = try config.object(key) ?? ConfigObject(empty: config.file)
        if let members = parameters.value.members, let own = members.first(where: { $0.1.kind == .object }) {
            throw parameters.invalid(own.0, found: "an object", expected: "the same positions for all layers")
        }
        try self.init(
            parameters, base: try config.double("rope_theta", default: defaultBase),
            turnedPart: try config.double("partial_rotary_factor", default: 1),
            originalLength: config.contains("original_max_position_embeddings")
                ? try config.int("original_max_position_embeddings", in: Self.lengths) : nil,
            truncatesYaRN: try parameters.bool("truncate", default: true), knowsNTK: knowsNTK)
    }

    /// The positions of the layers that `layer_types` calls `layerType`.
    ///
    /// In Transformers 4 their base is `baseKey`; `rope_scaling` is for them if `isScaled`.
    package init(
        _ config: ConfigObject, layerType: String, baseKey: String, defaultBase: Double, isScaled: Bool
    ) throws(ModelFileError) {
        let all = try config.object("rope_parameters") ?? ConfigObject(empty: config.file)
        guard !all.contains("rope_type"), !all.contains("rope_theta") else {
            throw all.invalid("rope_theta", found: "one for all layers", expected: "an object for each layer type")
        }
        var parameters = try all.object(layerType) ?? ConfigObject(empty: all.file)
        if isScaled, let scaling = try config.object("rope_scaling") {
            guard parameters.value.count == 0 else {
                throw config.invalid("rope_scaling", found: "an object", expected: "none beside rope_parameters")
            }
            // Transformers 4 called it "type", which Transformers 5 doesn't read here.
            guard scaling.contains("rope_type") else {
                throw .missingKey(file: scaling.file, key: "rope_type", expected: "a string")
            }
            parameters = scaling
        }
        try self.init(
            parameters, base: try config.double(baseKey, default: defaultBase), turnedPart: 1, originalLength: nil,
            truncatesYaRN: try all.bool("truncate", default: true))
    }

    /// `base` and `turnedPart` are for `parameters` without ones of their own.
    private init(
        _ parameters: ConfigObject, base: Double, turnedPart: Double, originalLength: Int?, truncatesYaRN: Bool,
        knowsNTK: Bool = false
    ) throws(ModelFileError) {
        let kind = try parameters.string("rope_type", default: try parameters.string("type", default: "default"))
        let kinds = knowsNTK ? Self.kinds + [Self.ntk] : Self.kinds
        guard kinds.contains(kind) else {
            throw parameters.invalid("rope_type", found: kind, expected: kinds.joined(separator: ", "))
        }
        self.kind = kind
        self.parameters = parameters
        self.base = try parameters.double("rope_theta", default: base)
        self.turnedPart = try parameters.double("partial_rotary_factor", default: turnedPart)
        self.originalLength = originalLength
        self.truncatesYaRN = truncatesYaRN
        guard self.base > 1, self.base <= 1e30 else {
            throw parameters.invalid("rope_theta", found: "\(self.base)", expected: "a number above 1")
        }
        guard self.turnedPart > 0, self.turnedPart <= 1 else {
            throw parameters.invalid(
                "partial_rotary_factor", found: "\(self.turnedPart)", expected: "a number above 0, at most 1")
        }
    }
}

extension RotaryConfig {
    /// The positions for heads of `headSize` components, in a model for `maxPositions` tokens.
    package func rotary(headSize: Int, maxPositions: Int) throws(ModelFileError) -> Rotary {
        let size = Int(Double(headSize) * turnedPart)
        guard size > 0, size.isMultiple(of: 2) else {
            throw parameters.invalid(
                "the rotary positions' size", found: "\(size) components of a head", expected: "an even number")
        }
        let rotary =
            switch kind {
            case "linear": try linear(size)
            case "dynamic": try dynamic(size, maxPositions)
            case "yarn": try yarn(size, maxPositions)
            case "llama3": try llama3(size, maxPositions)
            case Self.ntk: try ntk(size)
            default: Rotary(base: Float(base), size: size)
            }
        guard rotary.frequencies.allSatisfy(\.isFinite), rotary.magnitude.isFinite else {
            throw parameters.invalid("rope_type", found: "\(kind) with infinite values", expected: "finite ones")
        }
        return rotary
    }

    /// The positions of a model whose code turns whole heads of `headSize` components, whatever config.json says.
    func rotary(wholeHeadsOf headSize: Int, maxPositions: Int) throws(ModelFileError) -> Rotary {
        let rotary = try rotary(headSize: headSize, maxPositions: maxPositions)
        guard rotary.size == headSize else {
            throw parameters.invalid(
                "partial_rotary_factor", found: "\(rotary.size) of \(headSize) components", expected: "1")
        }
        return rotary
    }

    /// Places count 1 ÷ factor each.
    private func linear(_ size: Int) throws(ModelFileError) -> Rotary {
        let factor = Float(try positive("factor"))
        return Rotary(frequencies: Rotary.frequencies(base: Float(base), size: size).map { $0 / factor })
    }

    /// NTK scaling: another base for longer sequences.
    private func dynamic(_ size: Int, _ maxPositions: Int) throws(ModelFileError) -> Rotary {
        let factor = try positive("factor")
        var rotary = Rotary(base: Float(base), size: size)
        rotary.stretching = Rotary.Stretching(
            base: Float(base), factor: Float(factor), trainedLength: maxPositions)
        return rotary
    }

    /// YaRN: fast components stay, slow ones are stretched, those between are mixed.
    ///
    /// Paper: arXiv 2309.00071.
    private func yarn(_ size: Int, _ maxPositions: Int) throws(ModelFileError) -> Rotary {
        let factor = try positive("factor")
        let length = Double(try trainedLength(maxPositions))
        /// The component that turns so often within the length.
        func component(turns: Double) -> Double {
            Double(size) * log(length / (turns * 2 * .pi)) / (2 * log(base))
        }
        // Zero counts as none in Transformers.
        let fast = try number("beta_fast", default: 0)
        let slow = try number("beta_slow", default: 0)
        var low = component(turns: fast == 0 ? 32 : fast)
        var high = component(turns: slow == 0 ? 1 : slow)
        if truncatesYaRN {
            low = low.rounded(.down)
            high = high.rounded(.up)
        }
        low = max(low, 0)
        high = min(high, Double(size - 1))
        if low == high { high += 0.001 }
        let frequencies = (0..<size / 2).map { component in
            let wavelength = powf(Float(base), Float(2 * component) / Float(size))
            let ramp = min(max((Float(component) - Float(low)) / Float(high - low), 0), 1)
            let kept = 1 - ramp
            return 1 / (Float(factor) * wavelength) * (1 - kept) + 1 / wavelength * kept
        }
        return Rotary(frequencies: frequencies, magnitude: Float(try yarnMagnitude(factor: factor)))
    }

    /// `attention_factor`, or what the paper recommends.
    private func yarnMagnitude(factor: Double) throws(ModelFileError) -> Double {
        if parameters.contains("attention_factor") { return try number("attention_factor") }
        func recommended(_ scale: Double) -> Double { factor <= 1 ? 1 : 0.1 * scale * log(factor) + 1 }
        let scale = try number("mscale", default: 0)
        let scaleOfAll = try number("mscale_all_dim", default: 0)
        return scale != 0 && scaleOfAll != 0 ? recommended(scale) / recommended(scaleOfAll) : recommended(1)
    }

    /// Llama 3.1: slow components are stretched, fast ones stay, those between are mixed by their wavelength.
    private func llama3(_ size: Int, _ maxPositions: Int) throws(ModelFileError) -> Rotary {
        let factor = Float(try positive("factor"))
        let low = try positive("low_freq_factor")
        let high = try positive("high_freq_factor")
        guard high > low else {
            throw parameters.invalid(
                "high_freq_factor", found: "\(high)", expected: "more than low_freq_factor (\(low))")
        }
        let length = Double(try trainedLength(maxPositions))
        let frequencies = Rotary.frequencies(base: Float(base), size: size).map { frequency in
            let wavelength = Float(2 * Double.pi) / frequency
            if wavelength > Float(length / low) { return frequency / factor }
            if wavelength < Float(length / high) { return frequency }
            let smooth = (Float(length) / wavelength - Float(low)) / Float(high - low)
            return (1 - smooth) * frequency / factor + smooth * frequency
        }
        return Rotary(frequencies: frequencies)
    }

    /// Another base for all lengths, and all frequencies divided by factor^(2 ÷ size); https://kexue.fm/archives/9706.
    private func ntk(_ size: Int) throws(ModelFileError) -> Rotary {
        guard !parameters.contains("mixed_b") else {
            throw parameters.invalid("mixed_b", found: "a number", expected: "null")
        }
        let factor = try positive("factor")
        let divisor = Float(pow(factor, 2 / Double(size)))
        let frequencies = Rotary.frequencies(base: Float(base * factor), size: size)
        return Rotary(frequencies: frequencies.map { $0 / divisor })
    }

    /// The length that the model was trained with before it was stretched.
    private func trainedLength(_ maxPositions: Int) throws(ModelFileError) -> Int {
        if let originalLength { return originalLength }
        return try parameters.int("original_max_position_embeddings", in: Self.lengths, default: maxPositions)
    }

    private func positive(_ key: String) throws(ModelFileError) -> Double {
        try parameters.positive(key)
    }

    private func number(_ key: String, default fallback: Double? = nil) throws(ModelFileError) -> Double {
        let value = try parameters.double(key, default: fallback)
        guard value >= 0 else { throw parameters.invalid(key, found: "\(value)", expected: "a number, at least 0") }
        return value
    }
}
