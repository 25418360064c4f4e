// SPDX-License-Identifier: Apache-2.0

/// The model when a person names none.
enum DefaultModel {
    static let name = "sentence-transformers/all-MiniLM-L6-v2"

    /// Variables of single contracts that name a model: the first that is set names it for all.
    static let otherSettings: [ConfigurationKey] = [
        .vectorEmbedderModel, .simpleModelServiceModel, .embeddingsGeneratorModel,
    ]
}
