// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

/// RoBERTa, XLM-RoBERTa and CamemBERT: BERT whose positions are counted from the padding token's id + 1.
///
/// The three differ by name only. Follows `RobertaModel` in Transformers' modeling_roberta.py; papers: arXiv
/// 1907.11692, 1911.02116, 1911.03894.
enum RoBERTa {
    static let architecture = Architecture(modelTypes: Set(classes.keys), describe: transformer)

    /// The class in Transformers of each model type.
    private static let classes = [
        "roberta": "RobertaModel", "xlm-roberta": "XLMRobertaModel", "camembert": "CamembertModel",
    ]

    /// Modules under which a task's head keeps the encoder, such as in `XLMRobertaForMaskedLM`.
    private static let encoderNames = ["roberta"]

    @Sendable private static func transformer(
        _ config: ConfigObject, _ checkpoint: Checkpoint
    ) throws(ModelFileError) -> Transformer {
        let modelType = try config.string("model_type")
        // The vocabulary of `RobertaConfig`; the other two have BERT's.
        let defaults = modelType == "roberta" ? EncoderSizes(vocabulary: 50_265) : EncoderSizes()
        let sizes = try EncoderSizes(config, defaults: defaults)
        let paddingID = try config.int("pad_token_id", in: 0...16_777_215, default: 1)
        let maxPositions = try sizes.maxPositions(paddingID: paddingID, config)
        let root = ScopedCheckpoint(checkpoint)
            .scopeHolding("embeddings.word_embeddings.weight", among: encoderNames)
        var embeddings = try BERT.embeddings(config, sizes, size: sizes.hidden, in: root.scope("embeddings"))
        embeddings.paddingID = Int32(paddingID)
        return Transformer(
            architecture: classes[modelType] ?? modelType, hiddenSize: sizes.hidden,
            maxPositions: maxPositions, embeddings: embeddings,
            blocks: try BERT.blocks(sizes, in: root.scope("encoder")))
    }
}
