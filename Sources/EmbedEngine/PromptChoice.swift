// SPDX-License-Identifier: Apache-2.0

/// What a request wants to stand before its texts.
package enum PromptChoice: Sendable, Equatable {
    /// The prompt of the request's ``InputRole``, none where the model has none for it; without a role the prompt that
    /// `default_prompt_name` names.
    case automatic
    /// The bare texts.
    case bare
    /// The model's prompt of this name.
    case named(String)
    /// This text, in UTF-8.
    case text([UInt8])
}

/// Why a model can't read inputs as a request wants.
package enum ReadingError: Error, Sendable, Equatable {
    /// The model has no prompt of this name; `known` are those it has, sorted.
    case unknownPrompt(String, known: [String])
    /// The model has pipelines or adapters for other roles only, sorted; `nil` when the request says no role.
    case unknownRole(String?, known: [String])
}
