// SPDX-License-Identifier: Apache-2.0

extension SpecialTokenFrame {
    /// `[CLS]` before and `[SEP]` after the text and after a second one, each given as its spelling and its id.
    init(bertProcessing field: TokenizerField) throws(TokenizerError) {
        let (cls, sep) = (try Self.id(in: try field.member("cls")), try Self.id(in: try field.member("sep")))
        self.init(prefix: [cls], suffix: [sep])
        pair = PairFrame(
            first: PairFrame.Side(prefix: [cls], suffix: [sep], typeID: 0),
            second: PairFrame.Side(suffix: [sep], typeID: 1))
    }

    /// The id in a pair of a token and its id.
    private static func id(in field: TokenizerField) throws(TokenizerError) -> Int32 {
        let elements = try field.elements()
        guard elements.count == 2 else {
            throw .invalid(key: field.path, reason: "has \(elements.count) elements; expected a token and its id")
        }
        return try elements[1].id()
    }
}
