// SPDX-License-Identifier: Apache-2.0

extension SpecialTokenFrame {
    /// Post-processors one after the other, each around what the one before has made.
    init(sequence field: TokenizerField) throws(TokenizerError) {
        self.init(prefix: [], suffix: [])
        for element in try field.member("processors").elements() {
            let outer = try SpecialTokenFrame(element)
            for var trimming in outer.trimmings {
                trimming.prefixCount += prefix.count
                trimmings.append(trimming)
            }
            prefix = outer.prefix + prefix
            suffix += outer.suffix
        }
    }
}
