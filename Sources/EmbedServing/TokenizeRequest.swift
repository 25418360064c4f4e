// SPDX-License-Identifier: Apache-2.0

/// A request for the tokens of texts.
package struct TokenizeRequest: Sendable, Equatable {
    /// The model's id or alias as the client wrote it; `nil` takes the first model.
    package var model: String?
    /// In UTF-8.
    package var texts: [[UInt8]]
    /// The model's prompt of this name stands before each text; `nil` is none.
    package var promptName: String?
    /// Whether the model's special tokens stand around each text.
    package var addsSpecialTokens: Bool

    package init(
        model: String? = nil, texts: [[UInt8]], promptName: String? = nil, addsSpecialTokens: Bool = true
    ) {
        self.model = model
        self.texts = texts
        self.promptName = promptName
        self.addsSpecialTokens = addsSpecialTokens
    }
}

/// The answer to a ``TokenizeRequest``.
package struct TokenizeResponse: Sendable, Equatable {
    /// The canonical id of the model whose tokens these are.
    package var model: String
    /// The tokens of each text.
    package var texts: [[Token]]

    package init(model: String, texts: [[Token]]) {
        self.model = model
        self.texts = texts
    }
}

/// One token of a text.
package struct Token: Sendable, Equatable {
    package var id: Int32
    /// As it is spelled in the vocabulary.
    package var text: String
    /// The bytes of the text it stands for, counted from the start of the prompt before it; `nil` for the special tokens around it.
    package var range: Range<Int>?

    package init(id: Int32, text: String, range: Range<Int>?) {
        self.id = id
        self.text = text
        self.range = range
    }
}
