// SPDX-License-Identifier: Apache-2.0

import EmbedTokenizers

/// What stands before a text.
struct Prompt: Sendable, Equatable {
    static let none = Prompt(text: [], tokenCount: 0)

    /// In UTF-8.
    let text: [UInt8]
    /// Tokens at the start of an input that the prompt makes, special tokens before it included.
    let tokenCount: Int

    private init(text: [UInt8], tokenCount: Int) {
        self.text = text
        self.tokenCount = tokenCount
    }

    /// Counts as `_get_prompt_length` in sentence-transformers: the prompt alone, without the special tokens behind it.
    init(_ text: [UInt8], tokenizer: Tokenizer, maxTokens: Int) {
        self.text = text
        tokenCount =
            text.isEmpty
            ? 0 : tokenizer.encode(text, maxTokens: maxTokens).ids.count - tokenizer.suffixIDs.count
    }
}

/// A model's prompts: the `prompts` of `config_sentence_transformers.json`.
struct Prompts: Sendable {
    private let byName: [String: Prompt]
    private let defaultName: String?

    /// The prompts that `texts` are by their names; an input has at most `maxTokens` tokens.
    init(_ texts: [String: String], defaultName: String?, tokenizer: Tokenizer, maxTokens: Int) {
        byName = texts.mapValues { Prompt(Array($0.utf8), tokenizer: tokenizer, maxTokens: maxTokens) }
        self.defaultName = defaultName
    }

    /// The prompt of requests that say nothing about it.
    var standard: Prompt { defaultName.flatMap { byName[$0] } ?? .none }

    /// The prompt of this name, if the model has one.
    subscript(name: String) -> Prompt? { byName[name] }

    func named(_ name: String) throws(ReadingError) -> Prompt {
        guard let prompt = byName[name] else { throw .unknownPrompt(name, known: byName.keys.sorted()) }
        return prompt
    }

    /// A role that the model has no prompt for gets none: `default_prompt_name` is for requests without a role.
    func prompt(for role: InputRole?) -> Prompt {
        guard let role else { return standard }
        return role.promptNames.lazy.compactMap { byName[$0] }.first ?? .none
    }
}
