// SPDX-License-Identifier: Apache-2.0

extension SpecialTokenFrame {
    /// Post-processors one after the other, each around what the one before has made.
    ///
    /// Those behind a template see its special tokens apart from the text: trimming does not count them, and another
    /// frame would go around each of them, which no model does.
    init(sequence field: TokenizerField) throws(TokenizerError) {
        self.init(prefix: [], suffix: [])
        var joinedCount = 0
        for element in try field.member("processors").elements() {
            let outer = try SpecialTokenFrame(element)
            for var trimming in outer.trimmings {
                trimming.prefixCount += joinedCount
                trimmings.append(trimming)
            }
            if let outerPair = outer.pair { pair?.surround(with: outerPair) } else { pair = nil }
            if outer.prefix.isEmpty, outer.suffix.isEmpty { continue }
            if standsApart {
                throw .invalid(key: element.path, reason: "is a frame around a template; supported: at the end")
            }
            prefix = outer.prefix + prefix
            suffix += outer.suffix
            if outer.standsApart { standsApart = true } else { joinedCount = prefix.count }
        }
    }
}
