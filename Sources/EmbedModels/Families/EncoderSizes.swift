// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// What `config.json` says about BERT and its kin, which name most things alike.
///
/// The values here are the defaults of Transformers' `BertConfig`.
struct EncoderSizes {
    var hidden = 768
    var layers = 12
    var heads = 12
    var intermediate = 3072
    var vocabulary = 30_522
    /// Rows of the table of positions.
    var positions = 512
    var epsilon: Float = 1e-12
    var activation = Activation.gelu
    /// What `position_embedding_type` is when config.json doesn't say it.
    var positionKind = "absolute"

    var headSize: Int { hidden / heads }

    static let sizes = 1...65_536
    static let counts = 1...1024
    static let intermediates = 1...1_048_576
    static let vocabularies = 1...16_777_216
    static let positionCounts = 1...1_048_576
    /// Tokens of a window; more than any text has stands for no window.
    static let windows = 1...1_073_741_824
}

extension EncoderSizes {
    /// Reads the keys that BERT has; `defaults` are those of the model's own configuration class.
    ///
    /// - Throws: ``ModelFileError`` also when the model has positions of another kind than `positionKind`.
    init(
        _ config: ConfigObject, defaults: EncoderSizes = EncoderSizes(), positionKind expected: String = "absolute"
    ) throws(ModelFileError) {
        hidden = try config.int("hidden_size", in: Self.sizes, default: defaults.hidden)
        layers = try config.int("num_hidden_layers", in: Self.counts, default: defaults.layers)
        heads = try config.int("num_attention_heads", in: Self.counts, default: defaults.heads)
        intermediate = try config.int("intermediate_size", in: Self.intermediates, default: defaults.intermediate)
        vocabulary = try config.int("vocab_size", in: Self.vocabularies, default: defaults.vocabulary)
        positions = try config.int("max_position_embeddings", in: Self.positionCounts, default: defaults.positions)
        epsilon = try config.epsilon("layer_norm_eps", default: defaults.epsilon)
        activation = try Self.activation("hidden_act", in: config, default: defaults.activation)
        try requireWholeHeads(config, hiddenKey: "hidden_size", headsKey: "num_attention_heads")
        positionKind = try config.string("position_embedding_type", default: defaults.positionKind)
        guard positionKind == expected else {
            throw config.invalid("position_embedding_type", found: positionKind, expected: expected)
        }
        guard try !config.bool("is_decoder", default: false) else {
            throw config.invalid("is_decoder", found: "true", expected: "false")
        }
    }

    /// The activation that `key` names.
    static func activation(
        _ key: String, in config: ConfigObject, default fallback: Activation
    ) throws(ModelFileError) -> Activation {
        guard config.contains(key) else { return fallback }
        let name = try config.string(key)
        guard let activation = Activation(transformersName: name) else {
            throw config.invalid(key, found: name, expected: Activation.transformersNames)
        }
        return activation
    }

    func requireWholeHeads(
        _ config: ConfigObject, hiddenKey: String, headsKey: String
    ) throws(ModelFileError) {
        guard hidden % heads == 0 else {
            throw config.invalid(hiddenKey, found: "\(hidden)", expected: "a multiple of \(headsKey) (\(heads))")
        }
    }

    /// The longest sequence when positions are counted from `paddingID` + 1 on.
    func maxPositions(paddingID: Int, _ config: ConfigObject) throws(ModelFileError) -> Int {
        guard positions > paddingID + 1 else {
            throw config.invalid(
                "max_position_embeddings", found: "\(positions)",
                expected: "at least \(paddingID + 2): positions are counted from \(paddingID + 1)")
        }
        return positions - paddingID - 1
    }
}
