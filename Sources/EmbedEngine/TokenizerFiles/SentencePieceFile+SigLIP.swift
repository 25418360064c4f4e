// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedModelFiles
import EmbedTokenizers

extension SentencePieceFile {
    /// SigLIP's: canonical text, cut by SentencePiece itself, and an end.
    func siglip(_ config: TokenizerConfig) throws -> Tokenizer {
        let settings = config.settings
        if let found = settings.value.nonNull("sp_model_kwargs"), found.kind != .object || found.count > 0 {
            throw settings.invalid("sp_model_kwargs", found: String(found.rawText.prefix(80)), expected: "{}")
        }
        if try settings.bool("split_special_tokens", default: false) {
            throw settings.invalid("split_special_tokens", found: "true", expected: "false")
        }
        if model.hasSpacesBehindWords {
            throw ModelFileError.invalidKey(
                file: file, key: "trainer_spec.treat_whitespace_as_suffix", found: "true", expected: "false")
        }
        let unknown = try config.requiredToken("unk_token", default: "<unk>")
        let eos = try config.requiredToken("eos_token", default: "</s>")
        let named =
            try [eos, unknown, config.requiredToken("pad_token", default: "</s>")]
            + ["bos_token", "sep_token", "cls_token", "mask_token"].compactMap { try config.token($0) }
        var json = json(model.pieces)
        try json.addTokens(config, named: named)
        json.matchTokensAsWritten()
        try refuseTokensThatOverlap(json.tokens, config)
        try json.setTemplate(
            single: [.first, .token(eos, type: 0)],
            pair: [.first, .token(eos, type: 0), .second(type: 0), .token(eos, type: 0)])
        let special = try named + config.namedTokens() + (config.extraTokens() ?? [])
        let parts = SentencePieceParts(
            pieces: model.pieces, kinds: model.pieceKinds, charsmap: Array(model.charsmap),
            addsDummyPrefix: try model.addsDummyPrefix && settings.bool("legacy", default: true),
            removesExtraSpaces: model.removesExtraSpaces, escapesSpaces: model.escapesSpaces,
            fallsBackToBytes: model.fallsBackToBytes, lowercases: try settings.bool("do_lower_case", default: true),
            unknownToken: unknown.content, specialTokens: Set(special.map(\.content)))
        return try json.tokenizer(parts: .sentencePiece(parts))
    }

    /// Refuses added tokens that Transformers' `Trie` may find elsewhere than where the first one begins, and those that
    /// hold white space or "▁", which the text has no longer or not yet where they are looked for.
    private func refuseTokensThatOverlap(
        _ tokens: [SpecialToken], _ config: TokenizerConfig
    ) throws(ModelFileError) {
        let firsts = Set(tokens.compactMap { $0.string.unicodeScalars.first })
        for token in tokens {
            let scalars = token.string.unicodeScalars
            let reason: String? =
                if token.isSingleWord {
                    "tokens without single_word"
                } else if scalars.contains(where: { $0 == "\u{2581}" || $0.value < 0x20 || $0.properties.isWhitespace })
                {
                    "tokens without white space and \"\u{2581}\""
                } else if scalars.dropFirst().contains(where: firsts.contains) {
                    "tokens in which no token can begin"
                } else {
                    nil
                }
            if let reason { throw config.settings.invalid("the added tokens", found: token.string, expected: reason) }
        }
    }
}
