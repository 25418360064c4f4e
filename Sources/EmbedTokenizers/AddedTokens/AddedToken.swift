// SPDX-License-Identifier: Apache-2.0

/// A token cut out of the text before the model sees it.
struct AddedToken: Sendable, Equatable {
    /// Its spelling, UTF-8.
    var content: [UInt8]
    /// Whether it may not touch a word character on either side.
    var isSingleWord: Bool
    /// Whether it swallows the white space before it.
    var stripsLeft: Bool
    /// Whether it swallows the white space after it.
    var stripsRight: Bool
    /// Whether it is looked for in normalised text, normalised itself.
    var isNormalized: Bool
    var isSpecial: Bool

    init(_ field: TokenizerField) throws(TokenizerError) {
        content = try field.member("content").utf8()
        isSingleWord = try field.member("single_word").bool()
        stripsLeft = try field.member("lstrip").bool()
        stripsRight = try field.member("rstrip").bool()
        isNormalized = try field.member("normalized").bool()
        isSpecial = try field.member("special").bool()
    }
}
