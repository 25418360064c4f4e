// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles
import EmbedTokenizers

/// A format of tokenizers older than tokenizer.json, or beside it.
struct TokenizerFormat {
    /// The classes in Transformers that read it.
    var classes: [String]
    /// The file that holds the vocabulary, for each class.
    var file: @Sendable (_ className: String) -> String
    /// Makes the tokenizer of a class.
    var load: @Sendable (ModelDirectory, _ className: String, TokenizerConfig) throws -> Tokenizer
}

/// The tokenizers of models without a tokenizer.json, found by their class; a new format is one file and one line here.
enum TokenizerFiles {
    static let all: [TokenizerFormat] = [
        BERTVocabularyFile.format,
        ByteLevelBPEFiles.format,
        PhoBERTFiles.format,
        SentencePieceFile.format,
    ]

    /// The class of models that name none, by `model_type` in config.json: `TOKENIZER_MAPPING_NAMES` in Transformers.
    private static let classOfModelType = [
        "albert": "AlbertTokenizer", "bert": "BertTokenizer", "camembert": "CamembertTokenizer",
        "clip": "CLIPTokenizer", "distilbert": "BertTokenizer", "electra": "BertTokenizer", "gemma": "GemmaTokenizer",
        "gemma2": "GemmaTokenizer", "gemma3_text": "GemmaTokenizer", "gpt2": "GPT2Tokenizer",
        "gte": "XLMRobertaTokenizer", "jina_embeddings_v3": "XLMRobertaTokenizer", "llama": "LlamaTokenizer",
        "mpnet": "MPNetTokenizer", "mt5": "T5Tokenizer", "nomic_bert": "BertTokenizer", "phobert": "PhobertTokenizer",
        "qwen2": "Qwen2Tokenizer", "qwen3": "Qwen2Tokenizer", "roberta": "RobertaTokenizer",
        "siglip": "SiglipTokenizer",
        "t5": "T5Tokenizer", "xlm-roberta": "XLMRobertaTokenizer",
    ]

    /// The tokenizer that the files in `directory` hold.
    ///
    /// - Throws: ``ModelFileError`` that names the class when it is not one of ``all``, and a file that is missing.
    static func load(from directory: ModelDirectory) throws -> Tokenizer {
        let config = try TokenizerConfig(in: directory)
        let (className, file) = try className(config, in: directory)
        guard let format = all.first(where: { $0.classes.contains(className) }) else {
            throw ModelFileError.invalidKey(
                file: file, key: "tokenizer_class", found: className,
                expected: "\(all.flatMap(\.classes).sorted().joined(separator: ", ")), or a tokenizer.json")
        }
        let vocabulary = format.file(className)
        guard directory.contains(vocabulary) else {
            throw ModelFileError.missingFile(
                "tokenizer.json", hint: "expected it, or \(className)'s \(vocabulary), beside config.json")
        }
        return try format.load(directory, className, config)
    }

    /// The class, and the file that says so.
    private static func className(
        _ config: TokenizerConfig, in directory: ModelDirectory
    ) throws(ModelFileError) -> (name: String, file: String) {
        let model = try directory.object("config.json") ?? ConfigObject(empty: "config.json")
        for object in [config.settings, model] where object.contains("tokenizer_class") {
            let name = try object.string("tokenizer_class")
            return (name.hasSuffix("Fast") ? String(name.dropLast("Fast".count)) : name, object.file)
        }
        // Files of the first years say neither; all of them are BERT's.
        let modelType = try model.string("model_type", default: "bert")
        guard let name = classOfModelType[modelType] else {
            throw model.invalid(
                "model_type", found: modelType,
                expected: "a tokenizer.json, tokenizer_class in tokenizer_config.json, or one of: "
                    + classOfModelType.keys.sorted().joined(separator: ", "))
        }
        return (name, model.file)
    }
}
