// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
package import EmbedModelFiles
package import EmbedTokenizers

/// How every text is made as long as the model's positions, where a model is trained so: SigLIP's and SigLIP2's texts.
///
/// Their padding is read as any other token, for there is no attention mask; follows `padding="max_length"` of
/// `SiglipTokenizer`, `GemmaTokenizer` and `Siglip2Tokenizer` in Transformers.
package struct TextPadding: Sendable, Equatable {
    /// Tokens of every text, special tokens included: 64.
    package let length: Int
    /// The token that fills up.
    package let id: Int32
    /// On which side of the text it stands.
    package let side: TruncationSide

    private static let modelTypes = ["siglip", "siglip2", "siglip_text_model", "siglip2_text_model"]
    /// `max_position_embeddings` where no file says it.
    private static let defaultLength = 64

    /// What the files in `directory` say; nothing for models whose texts have their own lengths.
    ///
    /// - Throws: ``ModelFileError`` when the padding token is none of the tokenizer's.
    package init?(in directory: ModelDirectory, _ tokenizer: Tokenizer) throws(ModelFileError) {
        guard let model = try directory.object("config.json") else { return nil }
        let modelType = try model.string("model_type", default: "")
        guard Self.modelTypes.contains(modelType) else { return nil }
        let config = try TokenizerConfig(in: directory)
        let positions = try (model.object("text_config") ?? model).int(
            "max_position_embeddings", in: 1...1 << 20, default: Self.defaultLength)
        // A tokenizer without a length of its own has one of 10³⁰, which is no whole number of 64 bits.
        let ownLength = config.settings.value["model_max_length"]?.int ?? positions
        length = min(positions, max(1, ownLength))

        let name = try config.settings.string("tokenizer_class", default: "SiglipTokenizer")
        let isSiglip = !modelType.hasPrefix("siglip2") && name.hasPrefix("SiglipTokenizer")
        let token = try config.requiredToken("pad_token", default: isSiglip ? "</s>" : "<pad>")
        guard let id = tokenizer.id(of: token.string) else {
            throw config.settings.invalid("pad_token", found: token.string, expected: "a token of the tokenizer")
        }
        self.id = id
        let written = try config.settings.string("padding_side", default: isSiglip ? "right" : "left")
        switch written {
        case "left": side = .left
        case "right": side = .right
        default: throw config.settings.invalid("padding_side", found: written, expected: "left or right")
        }
    }

    /// Ids filled up to ``length``; those that have as many already stay as they are.
    package func pad(_ ids: [Int32]) -> [Int32] {
        let padding = [Int32](repeating: id, count: max(0, length - ids.count))
        return side == .right ? ids + padding : padding + ids
    }
}
