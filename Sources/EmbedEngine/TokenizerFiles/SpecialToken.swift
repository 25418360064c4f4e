// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedModelFiles

/// A token that is cut out of the text, as the files beside a vocabulary describe it.
struct SpecialToken: Equatable {
    var content: [UInt8]
    var isSingleWord = false
    var stripsLeft = false
    var stripsRight = false
    var isNormalized = false
    var isSpecial = true
    /// Whether the file gives only its spelling.
    var isPlain = true

    /// Without any flag.
    init(_ content: String) { self.content = Array(content.utf8) }

    /// Reads a spelling, or an object with flags; `isSpecial` says what the token is where the object doesn't.
    init(_ value: JSONValue, isSpecial: Bool, key: String, file: String) throws(ModelFileError) {
        if let content = value.utf8 {
            self.content = content
            return
        }
        let object = ConfigObject(file: file, value: value)
        guard value.kind == .object, let content = value["content"]?.utf8 else {
            throw object.invalid(key, found: value.kind.name, expected: "a string, or an object with \"content\"")
        }
        self.content = content
        isSingleWord = try object.bool("single_word", default: false)
        stripsLeft = try object.bool("lstrip", default: false)
        stripsRight = try object.bool("rstrip", default: false)
        self.isSpecial = try object.bool("special", default: isSpecial)
        isNormalized = try object.bool("normalized", default: !self.isSpecial)
        isPlain = false
    }

    var string: String { String(decoding: content, as: UTF8.self) }
}
