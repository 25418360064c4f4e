// SPDX-License-Identifier: Apache-2.0

extension SpecialTokenFrame {
    /// `[CLS]` before and `[SEP]` after the text, each given as its spelling and its id.
    init(bertProcessing field: TokenizerField) throws(TokenizerError) {
        self.init(
            prefix: [try Self.pair(try field.member("cls"))], suffix: [try Self.pair(try field.member("sep"))])
    }

    private static func pair(_ field: TokenizerField) throws(TokenizerError) -> Int32 {
        let elements = try field.elements()
        guard elements.count == 2 else {
            throw .invalid(key: field.path, reason: "has \(elements.count) elements; expected a token and its id")
        }
        return try elements[1].id()
    }
}
