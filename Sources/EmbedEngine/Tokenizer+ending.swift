// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedModelFiles
import EmbedTokenizers

extension Tokenizer {
    private static let file = "tokenizer_config.json"

    /// Tokenizers whose own code appends the end of the text, as GTE's of Qwen2 does.
    private static let endingCode = "tokenization_qwen.Qwen2TokenizerFast"

    /// Appends the end of a text where the tokenizer has code of its own for that and tokenizer.json has no special tokens.
    ///
    /// Without such code `add_bos_token` and `add_eos_token` change nothing: Transformers 5 drops them where there is a
    /// tokenizer.json (`_from_pretrained` in tokenization_utils_base.py), and its post-processor decides.
    func endingTexts(askedFor directory: ModelDirectory) throws(ModelFileError) -> Tokenizer {
        guard specialTokenCount == 0, let config = try directory.object(Self.file),
            let code = config.value.nonNull("auto_map")?.nonNull("AutoTokenizer"),
            code.elements?.contains(where: { $0.string == Self.endingCode }) == true,
            try config.bool("add_eos_token", default: false)
        else { return self }
        let token = config.value.nonNull("eos_token")
        guard let name = token?.string ?? token?["content"]?.string, let id = id(of: name) else {
            throw config.invalid(
                "eos_token", found: token.map { String($0.rawText.prefix(80)) } ?? "missing",
                expected: "a token of tokenizer.json, as add_eos_token is true")
        }
        return framed(prefix: [], suffix: [id])
    }
}
