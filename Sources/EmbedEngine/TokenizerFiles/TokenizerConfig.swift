// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedModelFiles

/// What stands beside a vocabulary about its tokenizer: its class, its special and added tokens, its settings.
///
/// Follows `_from_pretrained` in Transformers' tokenization_utils_base.py: tokenizer_config.json, and where that has no
/// "added_tokens_decoder", the older special_tokens_map.json and added_tokens.json.
struct TokenizerConfig {
    /// The tokens that every tokenizer may have, in the order in which Transformers adds them.
    static let names = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"]

    /// tokenizer_config.json; empty when there is none.
    let settings: ConfigObject
    /// special_tokens_map.json, where it is read.
    private let specialTokens: ConfigObject?
    /// Tokens beyond the vocabulary, by their ids.
    private(set) var addedTokens: [(id: Int, token: SpecialToken)] = []

    private static let file = "tokenizer_config.json"
    private static let mapFile = "special_tokens_map.json"
    private static let addedFile = "added_tokens.json"
    private static let highestID = (1 << 22) - 1

    init(in directory: ModelDirectory) throws(ModelFileError) {
        settings = try directory.object(Self.file) ?? ConfigObject(empty: Self.file)
        guard settings.value["added_tokens_decoder"] == nil else {
            specialTokens = nil
            try readDecoder()
            return
        }
        specialTokens = try directory.object(Self.mapFile)
        if let added = try directory.object(Self.addedFile) { try read(added) }
        addedTokens.sort { $0.id < $1.id }
    }

    /// The token called `name`, such as "mask_token", or what the class takes when no file names one.
    func token(_ name: String, default fallback: String? = nil) throws(ModelFileError) -> SpecialToken? {
        guard let (value, file, isSpecial) = entry(name) else { return fallback.map { known(SpecialToken($0)) } }
        if value.isNull { return nil }
        return known(try SpecialToken(value, isSpecial: isSpecial, key: name, file: file))
    }

    /// The token called `name`, which the tokenizer can't do without.
    func requiredToken(_ name: String, default fallback: String) throws(ModelFileError) -> SpecialToken {
        guard let token = try token(name, default: fallback) else {
            throw settings.invalid(name, found: "null", expected: "a token such as \(fallback)")
        }
        return token
    }

    /// Further tokens with names of their own, such as "image_token".
    func namedTokens() throws(ModelFileError) -> [SpecialToken] {
        var tokens: [SpecialToken] = []
        for member in settings.value.members.map(Array.init) ?? []
        where member.key.hasSuffix("_token") && !Self.names.contains(member.key) {
            guard member.value.kind == .string || member.value["content"] != nil else { continue }
            tokens.append(known(try SpecialToken(member.value, isSpecial: true, key: member.key, file: Self.file)))
        }
        if let extra = settings.value["extra_special_tokens"], extra.kind == .object {
            for member in extra.members.map(Array.init) ?? [] {
                tokens.append(try SpecialToken(member.value, isSpecial: true, key: member.key, file: Self.file))
            }
        }
        return tokens
    }

    /// Special tokens without names; `nil` when no file says which.
    func extraTokens() throws(ModelFileError) -> [SpecialToken]? {
        for key in ["extra_special_tokens", "additional_special_tokens"] {
            guard let (value, file, isSpecial) = entry(key), let elements = value.elements else { continue }
            var tokens: [SpecialToken] = []
            for element in elements {
                tokens.append(try SpecialToken(element, isSpecial: isSpecial, key: key, file: file))
            }
            return tokens
        }
        return nil
    }

    /// What a file says about `key`, and whether tokens in that file are special without saying so.
    private func entry(_ key: String) -> (value: JSONValue, file: String, isSpecial: Bool)? {
        if let specialTokens, let value = specialTokens.value[key] { return (value, specialTokens.file, true) }
        return settings.value[key].map { ($0, settings.file, false) }
    }

    /// The token as the list of added ones has it, if it is there.
    private func known(_ token: SpecialToken) -> SpecialToken {
        addedTokens.first { $0.token.content == token.content }?.token ?? token
    }

    private mutating func readDecoder() throws(ModelFileError) {
        for member in settings.value["added_tokens_decoder"]?.members.map(Array.init) ?? [] {
            guard let id = Int(member.key), id >= 0, id <= Self.highestID else {
                throw settings.invalid(
                    "added_tokens_decoder", found: "\"\(member.key.prefix(40))\"", expected: "ids of tokens")
            }
            let key = "added_tokens_decoder.\(id)"
            guard member.value.kind == .object else {
                throw settings.invalid(key, found: member.value.kind.name, expected: "an object")
            }
            addedTokens.append((id, try SpecialToken(member.value, isSpecial: false, key: key, file: settings.file)))
        }
        addedTokens.sort { $0.id < $1.id }
    }

    private mutating func read(_ added: ConfigObject) throws(ModelFileError) {
        var special: [[UInt8]] = []
        for name in Self.names { if let token = try token(name) { special.append(token.content) } }
        special += try (extraTokens() ?? []).map(\.content)
        for member in added.value.members.map(Array.init) ?? [] {
            guard let id = member.value.int, id >= 0, id <= Self.highestID else {
                throw added.invalid(
                    String(member.key.prefix(80)), found: String(member.value.rawText.prefix(80)),
                    expected: "an id from 0 to \(Self.highestID)")
            }
            var token = SpecialToken(member.key)
            token.isSpecial = special.contains(token.content)
            token.isNormalized = !token.isSpecial
            token.isPlain = false
            addedTokens.append((id, token))
        }
    }
}
