// SPDX-License-Identifier: Apache-2.0

extension SpecialTokenFrame {
    /// `<s>` before and `</s>` after the text, and byte-level tokens' spaces out of the offsets.
    init(robertaProcessing field: TokenizerField) throws(TokenizerError) {
        try self.init(bertProcessing: field)
        let addsPrefixSpace = try field.member("add_prefix_space").bool()
        if try field.member("trim_offsets").bool() { trimmings = [OffsetTrimming(addsPrefixSpace: addsPrefixSpace)] }
        // Between two texts stand two separators, and everything has one type.
        pair = PairFrame(
            first: PairFrame.Side(prefix: prefix, suffix: suffix, typeID: 0, trimmings: trimmings),
            second: PairFrame.Side(prefix: suffix, suffix: suffix, typeID: 0, trimmings: trimmings))
    }
}
