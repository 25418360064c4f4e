// SPDX-License-Identifier: Apache-2.0

package import EmbedModelFiles

/// All architectures; a new one is one file in Architectures/ and one line here.
package enum Architectures {
    package static let all: [Architecture] = [
        ALBERT.architecture,
        BERT.architecture,
        CLIP.architecture,
        DistilBERT.architecture,
        ELECTRA.architecture,
        EuroBERT.architecture,
        GTE.architecture,
        Gemma2.architecture,
        Gemma3.architecture,
        JinaBERT.architecture,
        JinaEmbeddingsV3.architecture,
        Llama.architecture,
        MPNet.architecture,
        Mistral.architecture,
        ModernBERT.architecture,
        NomicBERT.architecture,
        Qwen2.architecture,
        Qwen3.architecture,
        RoBERTa.architecture,
        SigLIP.architecture,
        StaticEmbeddings.architecture,
    ]

    /// Describes the transformer whose `config.json` and weights are in `directory`: of texts and images the texts'.
    package static func transformer(in directory: ModelDirectory) throws(ModelFileError) -> Transformer {
        let config = try directory.requiredObject("config.json", hint: "it names the model's architecture")
        return try architecture(for: config).describe(config, Checkpoint(in: directory))
    }

    /// Describes the tower for images of the model in `directory`, whose files `pipeline` comes from; nil for a model of texts.
    ///
    /// Without a pipeline the directory is the checkpoint's own.
    package static func imageTower(
        in directory: ModelDirectory, _ pipeline: SentenceTransformersConfig.Pipeline? = nil
    ) throws(ModelFileError) -> ImageTower? {
        if pipeline?.staticEmbedding != nil { return nil }
        let folder = try directory.subdirectory(pipeline?.transformerFolder ?? "")
        let config = try folder.requiredObject("config.json", hint: "it names the model's architecture")
        guard let describe = try architecture(for: config).describeImages else { return nil }
        let transformer = try describe(config, Checkpoint(in: folder))
        guard let patches = transformer.patches, var head = transformer.head else { return nil }
        if let pipeline { head = try Head(pipeline, for: transformer, in: directory) }
        return ImageTower(transformer: transformer, head: head, patches: patches)
    }

    /// Describes the static embeddings in `directory`, which needs no `config.json`.
    package static func staticEmbeddings(in directory: ModelDirectory) throws(ModelFileError) -> Transformer {
        try StaticEmbeddings.transformer(Checkpoint(in: directory))
    }

    /// The architecture of the code that the model brings, or else of its `model_type`.
    ///
    /// JinaBERT and others call themselves "bert" and bring code, which computes something else. The code is never run:
    /// the class that computes the same is found by its name, and what it needs must be in the checkpoint.
    private static func architecture(for config: ConfigObject) throws(ModelFileError) -> Architecture {
        if let name = try config.autoModel(), let remoteClass = try config.remoteClass() {
            if let known = all.first(where: { $0.remoteClasses.contains(remoteClass) }) { return known }
            let known = all.flatMap(\.remoteClasses).sorted().joined(separator: ", ")
            throw config.invalid(
                "auto_map.AutoModel", found: name, expected: "no code of the model's own, or a known class (\(known))")
        }
        let modelType = try config.string("model_type")
        guard let architecture = all.first(where: { $0.modelTypes.contains(modelType) }) else {
            let supported = all.flatMap(\.modelTypes).sorted().joined(separator: ", ")
            throw config.invalid("model_type", found: modelType, expected: supported)
        }
        return architecture
    }
}
