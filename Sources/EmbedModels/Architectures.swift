// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
package import EmbedModelFiles

/// All architectures; a new one is one file in Architectures/ and one line here.
package enum Architectures {
    package static let all: [Architecture] = [
        ALBERT.architecture,
        BERT.architecture,
        DistilBERT.architecture,
        ELECTRA.architecture,
        EuroBERT.architecture,
        Gemma2.architecture,
        Gemma3.architecture,
        Llama.architecture,
        MPNet.architecture,
        Mistral.architecture,
        ModernBERT.architecture,
        Qwen2.architecture,
        Qwen3.architecture,
        RoBERTa.architecture,
    ]

    /// Describes the transformer whose `config.json` and weights are in `directory`.
    package static func transformer(in directory: ModelDirectory) throws(ModelFileError) -> Transformer {
        let config = try directory.requiredObject("config.json", hint: "it names the model's architecture")
        let modelType = try config.string("model_type")
        guard let architecture = all.first(where: { $0.modelTypes.contains(modelType) }) else {
            let supported = all.flatMap(\.modelTypes).sorted().joined(separator: ", ")
            throw config.invalid("model_type", found: modelType, expected: supported)
        }
        // JinaBERT and others call themselves "bert" and bring code of their own, which computes something else.
        if let code = config.value.nonNull("auto_map"), let model = code["AutoModel"]?.string {
            // "repository--module.Class" where the code stands in another repository.
            guard architecture.ownCode.contains(model.split(separator: "--").last.map(String.init) ?? model) else {
                throw config.invalid("auto_map.AutoModel", found: model, expected: "no code of the model's own")
            }
        }
        return try architecture.describe(config, Checkpoint(in: directory))
    }
}
