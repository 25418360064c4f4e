// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedModelFiles
import EmbedTokenizers

/// SentencePiece's model files: `sentencepiece.bpe.model`, `spiece.model` or `tokenizer.model`, by the tokenizer's class.
///
/// Follows the classes' initialisers in Transformers, and `SentencePieceExtractor` and `convert_from_spm` in its
/// convert_slow_tokenizer.py. They take the pieces and the table of replacements; how the file itself would add a prefix or
/// treat spaces each class knows by itself. Only SigLIP's lets SentencePiece itself read the file.
struct SentencePieceFile {
    static let format = TokenizerFormat(
        classes: Kind.allCases.map(\.rawValue), file: { Kind(rawValue: $0)?.file ?? "" }
    ) { directory, className, config in
        let kind = Kind(rawValue: className) ?? .xlmRoberta
        return try SentencePieceFile(kind, in: directory).tokenizer(config)
    }

    enum Kind: String, CaseIterable {
        case albert = "AlbertTokenizer"
        case camembert = "CamembertTokenizer"
        case gemma = "GemmaTokenizer"
        case llama = "LlamaTokenizer"
        case siglip = "SiglipTokenizer"
        case t5 = "T5Tokenizer"
        case xlmRoberta = "XLMRobertaTokenizer"

        var file: String {
            switch self {
            case .albert, .siglip, .t5: "spiece.model"
            case .camembert, .xlmRoberta: "sentencepiece.bpe.model"
            case .gemma, .llama: "tokenizer.model"
            }
        }

        var modelKind: SentencePieceModel.Kind {
            switch self {
            case .albert, .camembert, .siglip, .t5, .xlmRoberta: .unigram
            case .gemma, .llama: .bpe
            }
        }
    }

    let kind: Kind
    let file: String
    let model: SentencePieceModel

    private init(_ kind: Kind, in directory: ModelDirectory) throws(ModelFileError) {
        self.kind = kind
        file = kind.file
        model = try SentencePieceModel(file, in: directory)
        guard model.kind == kind.modelKind else {
            throw .invalidKey(
                file: file, key: "trainer_spec.model_type", found: "\(model.kind)",
                expected: "\(kind.modelKind), which \(kind.rawValue) takes")
        }
    }

    private func tokenizer(_ config: TokenizerConfig) throws -> Tokenizer {
        switch kind {
        case .albert: try albert(config)
        case .camembert: try fairseq(config, isCamembert: true)
        case .gemma, .llama: try bytePairs(config)
        case .siglip: try siglip(config)
        case .t5: try t5(config)
        case .xlmRoberta: try fairseq(config, isCamembert: false)
        }
    }

    /// XLM-RoBERTa's and CamemBERT's: fairseq's special tokens stand before SentencePiece's pieces, the mask behind them.
    private func fairseq(_ config: TokenizerConfig, isCamembert: Bool) throws -> Tokenizer {
        let bos = try config.requiredToken("bos_token", default: "<s>")
        let pad = try config.requiredToken("pad_token", default: "<pad>")
        let eos = try config.requiredToken("eos_token", default: "</s>")
        let unknown = try config.requiredToken("unk_token", default: "<unk>")
        var mask = try config.requiredToken("mask_token", default: "<mask>")
        var pieces: [ScoredPiece]
        let unknownID: Int
        if isCamembert {
            if mask.isPlain { mask.stripsLeft = true }
            pieces = [
                Self.piece("<s>NOTUSED"), Self.piece(pad.content), Self.piece("</s>NOTUSED"),
                Self.piece(unknown.content), Self.piece("<unk>NOTUSED", score: -100),
            ]
            pieces += model.pieces.dropFirst(1)
            pieces.append(Self.piece(mask.content))
            unknownID = pieces.firstIndex { $0.spelling == unknown.content[...] } ?? 0
        } else {
            pieces = [bos, pad, eos, unknown].map { Self.piece($0.content) }
            pieces += model.pieces.dropFirst(3)
            pieces.append(Self.piece(mask.content))
            unknownID = 3
        }
        var json = json(pieces)
        try json.addTokens(
            config,
            named: [
                bos, eos, unknown, config.token("sep_token", default: "</s>"), pad,
                config.token("cls_token", default: "<s>"), mask,
            ], extra: addedTokens)
        try setWords(of: &json, config, normalizers: [])
        let single: [TokenizerJSON.TemplatePiece] = [.token(bos, type: 0), .first, .token(eos, type: 0)]
        try json.setTemplate(
            single: single, pair: single + [.token(eos, type: 0), .second(type: 0), .token(eos, type: 0)])
        json.model = Self.unigram(unknownID: unknownID)
        return try json.tokenizer(parts: .pieces(pieces))
    }

    /// ALBERT's: normalised before SentencePiece's own table, and framed as BERT does.
    private func albert(_ config: TokenizerConfig) throws -> Tokenizer {
        let cls = try config.requiredToken("cls_token", default: "[CLS]")
        let sep = try config.requiredToken("sep_token", default: "[SEP]")
        var json = json(model.pieces)
        try json.addTokens(
            config,
            named: [
                config.token("bos_token", default: "[CLS]"), config.token("eos_token", default: "[SEP]"),
                config.token("unk_token", default: "<unk>"), sep, config.token("pad_token", default: "<pad>"), cls,
                config.token("mask_token", default: "[MASK]"),
            ], extra: addedTokens)
        var normalizers: [TokenizerJSON.Part] = [{ $0.replace("``", by: "\"") }, { $0.replace("''", by: "\"") }]
        if try !config.settings.bool("keep_accents", default: false) {
            normalizers += [{ $0.type("NFKD") }, { $0.type("StripAccents") }]
        }
        if try config.settings.bool("do_lower_case", default: true) { normalizers.append { $0.type("Lowercase") } }
        try setWords(of: &json, config, normalizers: normalizers)
        let single: [TokenizerJSON.TemplatePiece] = [.token(cls, type: 0), .first, .token(sep, type: 0)]
        try json.setTemplate(single: single, pair: single + [.second(type: 1), .token(sep, type: 1)])
        json.model = Self.unigram(unknownID: 1)
        return try json.tokenizer(parts: .pieces(model.pieces))
    }

    /// T5's: sentinels behind the pieces, the last of them first, and only an end.
    private func t5(_ config: TokenizerConfig) throws -> Tokenizer {
        let count = try config.settings.int("extra_ids", in: 0...4096, default: 100)
        let sentinels = (0..<count).reversed().map { SpecialToken("<extra_id_\($0)>") }
        let eos = try config.requiredToken("eos_token", default: "</s>")
        guard eos.string == "</s>" else {
            throw config.settings.invalid("eos_token", found: eos.string, expected: "</s>")
        }
        let pieces = model.pieces + sentinels.map { Self.piece($0.content) }
        var json = json(pieces)
        try json.addTokens(
            config,
            named: [
                config.token("bos_token"), eos, config.token("unk_token", default: "<unk>"),
                config.token("sep_token"), config.token("pad_token", default: "<pad>"), config.token("cls_token"),
                config.token("mask_token"),
            ], extra: addedTokens + sentinels)
        try setWords(of: &json, config, normalizers: [])
        try json.setTemplate(
            single: [.first, .token(eos, type: 0)],
            pair: [.first, .token(eos, type: 0), .second(type: 0), .token(eos, type: 0)])
        json.model = Self.unigram(unknownID: 2)
        return try json.tokenizer(parts: .pieces(pieces))
    }

    /// Words between white space, each with "▁" in front, after `normalizers` and the file's own table.
    private func setWords(
        of json: inout TokenizerJSON, _ config: TokenizerConfig, normalizers: [TokenizerJSON.Part]
    ) throws(ModelFileError) {
        var normalizers = normalizers
        if !model.charsmap.isEmpty {
            let charsmap = model.charsmap
            let table = Base64.text(of: charsmap.span.bytes)
            normalizers.append { json in
                json.object { json in
                    json.member("type", "Precompiled")
                    json.member("precompiled_charsmap", table)
                }
            }
        }
        let all = normalizers
        json.normalizer = { $0.sequence("normalizers", all) }
        // T5's class has no such setting.
        let addsPrefixSpace = kind == .t5 ? true : try config.settings.bool("add_prefix_space", default: true)
        json.preTokenizer = { json in
            json.sequence(
                "pretokenizers",
                [
                    { $0.type("WhitespaceSplit") },
                    { $0.metaspace(prepending: addsPrefixSpace ? "always" : "never", splits: true) },
                ])
        }
    }

    func json(_ pieces: [ScoredPiece]) -> TokenizerJSON {
        var ids: [ArraySlice<UInt8>: Int] = [:]
        ids.reserveCapacity(pieces.count)
        for (id, piece) in pieces.enumerated() { ids[piece.spelling] = id }
        let found = ids
        return TokenizerJSON(file: file, vocabularyCount: pieces.count) { found[$0[...]] }
    }

    private static func unigram(unknownID: Int) -> TokenizerJSON.Part {
        { json in
            json.object { json in
                json.member("type", "Unigram")
                json.member("unk_id", unknownID)
            }
        }
    }

    /// The file's control symbols and the symbols that users defined.
    var addedTokens: [SpecialToken] {
        model.addedPieces.map { index, isControl in
            var token = SpecialToken(String(decoding: model.pieces[index].spelling, as: UTF8.self))
            token.isSpecial = isControl
            token.isPlain = false
            return token
        }
    }

    private static func piece(_ spelling: [UInt8], score: Double = 0) -> ScoredPiece {
        ScoredPiece(spelling: spelling[...], score: score)
    }

    private static func piece(_ spelling: String, score: Double = 0) -> ScoredPiece {
        piece(Array(spelling.utf8), score: score)
    }
}
