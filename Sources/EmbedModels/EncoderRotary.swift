// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedModelFiles
import Glibc

extension Rotary {
    /// The positions of an encoder, as Transformers reads `rope_parameters`, or `rope_theta` and `rope_scaling` where a
    /// model is older.
    ///
    /// Beside Transformers' `default`, `linear` and `dynamic` this knows `ntk` of GTE's own code: base · factor, and all
    /// frequencies divided by factor^(2 ÷ size); https://kexue.fm/archives/9706.
    init(encoder config: ConfigObject, _ sizes: EncoderSizes, defaultBase: Double) throws(ModelFileError) {
        let headSize = try config.int("head_dim", in: EncoderSizes.sizes, default: sizes.headSize)
        guard headSize == sizes.headSize, headSize.isMultiple(of: 2) else {
            throw config.invalid(
                "head_dim", found: "\(headSize)", expected: "an even part of a head's components (\(sizes.headSize))")
        }
        // Transformers lets the older key have its way where there are both.
        let key = ["rope_scaling", "rope_parameters"].first { config.contains($0) }
        let parameters = ConfigObject(
            file: config.file, value: key.flatMap { config.value.nonNull($0) } ?? .emptyObject)
        let topBase = try config.double("rope_theta", default: defaultBase)
        let base = try Self.positive("rope_theta", in: parameters, default: topBase)
        let olderType = try parameters.string("type", default: "default")
        let type = try parameters.string("rope_type", default: olderType)
        let part = try parameters.double("partial_rotary_factor", default: 1)
        guard part == 1 else {
            throw parameters.invalid("partial_rotary_factor", found: "\(part)", expected: "1")
        }
        switch type {
        case "default": self.init(base: Float(base), size: headSize)
        case "linear":
            self.init(base: Float(base), size: headSize)
            divideFrequencies(by: try Self.positive("factor", in: parameters))
        case "dynamic":
            self.init(base: Float(base), size: headSize)
            let factor = try Self.positive("factor", in: parameters)
            stretching = Stretching(base: Float(base), factor: Float(factor), trainedLength: sizes.positions)
        case "ntk":
            guard !parameters.contains("mixed_b") else {
                throw parameters.invalid("rope_scaling.mixed_b", found: "a number", expected: "null")
            }
            let factor = try Self.positive("factor", in: parameters)
            self.init(base: Float(base * factor), size: headSize)
            divideFrequencies(by: pow(factor, 2 / Double(headSize)))
        default:
            throw config.invalid(
                "\(key ?? "rope_parameters").rope_type", found: type, expected: "default, linear, dynamic, ntk")
        }
    }

    private mutating func divideFrequencies(by factor: Double) {
        frequencies = frequencies.map { $0 / Float(factor) }
    }

    /// A number that a power or a quotient can be taken of.
    static func positive(
        _ key: String, in config: ConfigObject, default fallback: Double? = nil
    ) throws(ModelFileError) -> Double {
        let number = try config.double(key, default: fallback)
        guard number > 0, Float(number).isNormal else {
            throw config.invalid(key, found: "\(number)", expected: "a positive number")
        }
        return number
    }
}
