// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// A value of tokenizer.json together with its path, so that every refusal names the key.
struct TokenizerField {
    /// Keys from the root, such as "model.vocab".
    let path: String
    let value: JSONValue

    /// The member named `key`, which must be there; it may be null.
    func member(_ key: String) throws(TokenizerError) -> TokenizerField {
        let path = path.isEmpty ? key : "\(path).\(key)"
        guard value.kind == .object else { throw wrongKind(expected: "an object") }
        guard let member = value[key] else { throw .missing(key: path) }
        return TokenizerField(path: path, value: member)
    }

    /// The member named `key` unless it is missing or null.
    func optional(_ key: String) throws(TokenizerError) -> TokenizerField? {
        guard value.kind == .object else { throw wrongKind(expected: "an object") }
        guard let member = value.nonNull(key) else { return nil }
        return TokenizerField(path: path.isEmpty ? key : "\(path).\(key)", value: member)
    }

    func bool() throws(TokenizerError) -> Bool {
        guard let bool = value.bool else { throw wrongKind(expected: "a boolean") }
        return bool
    }

    func string() throws(TokenizerError) -> String {
        guard let string = value.string else { throw wrongKind(expected: "a string") }
        return string
    }

    func utf8() throws(TokenizerError) -> [UInt8] {
        guard let bytes = value.utf8 else { throw wrongKind(expected: "a string") }
        return bytes
    }

    func int(in bounds: ClosedRange<Int>) throws(TokenizerError) -> Int {
        guard value.kind == .number else { throw wrongKind(expected: "a number") }
        guard let int = value.int, bounds.contains(int) else {
            throw .invalid(
                key: path,
                reason: "is \(value.rawText); expected a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
            )
        }
        return int
    }

    /// A token id.
    func id() throws(TokenizerError) -> Int32 {
        Int32(try int(in: 0...Vocabulary.highestID))
    }

    func elements() throws(TokenizerError) -> [TokenizerField] {
        guard let elements = value.elements else { throw wrongKind(expected: "an array") }
        return elements.enumerated().map { TokenizerField(path: "\(path)[\($0.offset)]", value: $0.element) }
    }

    func wrongKind(expected: String) -> TokenizerError {
        .wrongKind(key: path.isEmpty ? "the file" : path, found: value.kind.name, expected: expected)
    }
}
