// SPDX-License-Identifier: Apache-2.0

extension SpecialTokenFrame {
    /// A template for a single text: special tokens, the sequence `A` once, special tokens; and one for two texts.
    init(templateProcessing field: TokenizerField) throws(TokenizerError) {
        let template = try field.member("single")
        let specialTokens = try field.member("special_tokens")
        var prefix: [Int32] = []
        var suffix: [Int32] = []
        var hasText = false
        for piece in try template.elements() {
            if let sequence = try piece.optional("Sequence") {
                let name = try sequence.member("id")
                guard try name.string() == "A" else {
                    throw .unsupported(key: name.path, found: try name.string(), supported: ["A"])
                }
                guard !hasText else { throw .invalid(key: template.path, reason: "holds the text twice") }
                hasText = true
            } else {
                let name = try piece.member("SpecialToken").member("id")
                let ids = try specialTokens.member(try name.string()).member("ids")
                for id in try ids.elements() {
                    if hasText { suffix.append(try id.id()) } else { prefix.append(try id.id()) }
                }
            }
        }
        guard hasText else { throw .invalid(key: template.path, reason: "does not hold the text, Sequence A") }
        self.init(prefix: prefix, suffix: suffix)
        standsApart = true
        pair = nil
        if let template = try field.optional("pair") {
            pair = try PairFrame(template: template, specialTokens: specialTokens)
        }
    }
}
