// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedModelFiles
import EmbedTokenizers

/// The `vocab.json` and `merges.txt` of byte-level BPE: ids by token, and a line for each pair that merges.
///
/// Follows Transformers' `CLIPTokenizer`, `GPT2Tokenizer`, `RobertaTokenizer` and `Qwen2Tokenizer`.
struct ByteLevelBPEFiles {
    static let format = TokenizerFormat(
        classes: Kind.allCases.map(\.rawValue), file: { _ in vocabularyFile }
    ) { directory, className, config in
        let files = try ByteLevelBPEFiles(in: directory)
        return try files.tokenizer(Kind(rawValue: className) ?? .gpt2, config)
    }

    private enum Kind: String, CaseIterable {
        case clip = "CLIPTokenizer"
        case gpt2 = "GPT2Tokenizer"
        case qwen2 = "Qwen2Tokenizer"
        case roberta = "RobertaTokenizer"
    }

    private static let vocabularyFile = "vocab.json"
    private static let mergesFile = "merges.txt"
    /// The largest published has 5 MB.
    private static let maxByteCount = 64 << 20

    private let vocabulary: JSONValue
    private let ids: [[UInt8]: Int]
    private let merges: [ArraySlice<UInt8>]

    private init(in directory: ModelDirectory) throws(ModelFileError) {
        vocabulary = try directory.requiredObject(Self.vocabularyFile).value
        guard let merges = try directory.text(Self.mergesFile, maxByteCount: Self.maxByteCount) else {
            throw .missingFile(Self.mergesFile, hint: "expected it beside \(Self.vocabularyFile)")
        }
        self.merges = Lines.split(Array(merges.utf8))
        var ids: [[UInt8]: Int] = [:]
        ids.reserveCapacity(vocabulary.count)
        vocabulary.forEachMember { token, id in
            var spelling: [UInt8] = []
            spelling.reserveCapacity(token.count)
            for position in 0..<token.count { spelling.append(token[position]) }
            // The tokenizer itself refuses an id that is none.
            ids[spelling] = id.int ?? 0
        }
        self.ids = ids
    }

    private func tokenizer(_ kind: Kind, _ config: TokenizerConfig) throws -> Tokenizer {
        let ids = ids
        var json = TokenizerJSON(file: Self.vocabularyFile, vocabularyCount: ids.count) { ids[$0] }
        let addsPrefixSpace = try config.settings.bool("add_prefix_space", default: false)
        var unknown: SpecialToken?
        switch kind {
        case .clip:
            let end = "<|endoftext|>"
            let bos = try config.requiredToken("bos_token", default: "<|startoftext|>")
            let eos = try config.requiredToken("eos_token", default: end)
            unknown = try config.token("unk_token", default: end)
            try json.addTokens(
                config,
                named: [
                    bos, eos, unknown, config.token("sep_token"), config.token("pad_token", default: end),
                    config.token("cls_token"), config.token("mask_token"),
                ])
            try json.setRoberta(cls: bos, sep: eos, trimsOffsets: false, addsPrefixSpace: false)
        case .gpt2, .qwen2:
            let end = "<|endoftext|>"
            let bos = try config.token("bos_token", default: kind == .gpt2 ? end : nil)
            let eos = try config.token("eos_token", default: end)
            let named: [SpecialToken?] = [
                bos, eos, try config.token("unk_token", default: end), try config.token("sep_token"),
                try config.token("pad_token", default: kind == .gpt2 ? nil : end), try config.token("cls_token"),
                try config.token("mask_token"),
            ]
            try json.addTokens(config, named: named)
            if kind == .qwen2 {
                // It adds its special tokens once more, by their spellings alone.
                let special = try named.compactMap(\.self) + config.namedTokens() + (config.extraTokens() ?? [])
                for token in special where !token.content.isEmpty { json.add(SpecialToken(token.string)) }
            }
            try json.setFrame(config, bos: bos, eos: eos)
        case .roberta:
            let cls = try config.requiredToken("cls_token", default: "<s>")
            let sep = try config.requiredToken("sep_token", default: "</s>")
            try json.addTokens(
                config,
                named: [
                    config.token("bos_token", default: "<s>"), config.token("eos_token", default: "</s>"),
                    config.token("unk_token", default: "<unk>"), sep, config.token("pad_token", default: "<pad>"), cls,
                    config.token("mask_token", default: "<mask>"),
                ])
            try json.setRoberta(
                cls: cls, sep: sep, trimsOffsets: try config.settings.bool("trim_offsets", default: true),
                addsPrefixSpace: addsPrefixSpace)
        }
        setStages(of: &json, kind, addsPrefixSpace: addsPrefixSpace, unknown: unknown)
        return try json.tokenizer()
    }

    private func setStages(
        of json: inout TokenizerJSON, _ kind: Kind, addsPrefixSpace: Bool, unknown: SpecialToken?
    ) {
        switch kind {
        case .clip:
            json.normalizer = { json in
                json.sequence(
                    "normalizers",
                    [{ $0.type("NFC") }, { $0.replace("Regex", #"\s+"#, by: " ") }, { $0.type("Lowercase") }])
            }
            json.preTokenizer = { json in
                json.sequence(
                    "pretokenizers",
                    [
                        { $0.split("Regex", SplitPatterns.clip, "Removed", isInverted: true) },
                        { $0.byteLevel(addsPrefixSpace: false, usesPattern: true) },
                    ])
            }
        case .gpt2, .roberta:
            json.preTokenizer = { $0.byteLevel(addsPrefixSpace: addsPrefixSpace, usesPattern: true) }
        case .qwen2:
            json.normalizer = { $0.type("NFC") }
            json.preTokenizer = { json in
                json.sequence(
                    "pretokenizers",
                    [
                        { $0.split("Regex", SplitPatterns.qwen2, "Isolated") },
                        { $0.byteLevel(addsPrefixSpace: addsPrefixSpace, usesPattern: false) },
                    ])
            }
        }
        let (vocabulary, merges) = (vocabulary, merges)
        json.model = { json in
            json.object { json in
                json.member("type", "BPE")
                if kind == .clip { json.member("end_of_word_suffix", "</w>") }
                if let unknown { json.member("unk_token", unknown.string) }
                json.member("vocab") { $0.raw(vocabulary.json) }
                json.member("merges") { json in
                    json.array { json in for line in merges { json.string(String(decoding: line, as: UTF8.self)) } }
                }
            }
        }
    }
}
