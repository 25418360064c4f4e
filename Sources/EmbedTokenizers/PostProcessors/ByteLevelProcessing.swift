// SPDX-License-Identifier: Apache-2.0

extension SpecialTokenFrame {
    /// No special tokens; byte-level tokens' spaces out of the offsets.
    init(byteLevel field: TokenizerField) throws(TokenizerError) {
        self.init(prefix: [], suffix: [])
        let addsPrefixSpace = try field.member("add_prefix_space").bool()
        if try field.member("trim_offsets").bool() { trimmings = [OffsetTrimming(addsPrefixSpace: addsPrefixSpace)] }
        pair = PairFrame(
            first: PairFrame.Side(trimmings: trimmings), second: PairFrame.Side(trimmings: trimmings))
    }
}
