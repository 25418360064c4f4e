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

/// The model has no prompt of this name.
package struct UnknownPrompt: Error, Sendable, Equatable {
    package var name: String
    /// The names it has, sorted.
    package var known: [String]

    package init(name: String, known: [String]) {
        self.name = name
        self.known = known
    }
}
