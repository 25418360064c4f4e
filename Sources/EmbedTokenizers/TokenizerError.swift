// SPDX-License-Identifier: Apache-2.0

/// Why a tokenizer.json can't be used.
package enum TokenizerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A key that must be there is not.
    case missing(key: String)
    /// A value is of another kind; `found` and `expected` read as "a string", "an object" …
    case wrongKind(key: String, found: String, expected: String)
    /// A choice this program doesn't implement.
    case unsupported(key: String, found: String, supported: [String])
    /// A value of the right kind that can't be right.
    case invalid(key: String, reason: String)

    package var description: String {
        switch self {
        case .missing(let key): "tokenizer.json: \(key) is missing"
        case .wrongKind(let key, let found, let expected): "tokenizer.json: \(key) is \(found); expected \(expected)"
        case .unsupported(let key, let found, let supported):
            "tokenizer.json: \(key) is \(found); supported: \(supported.joined(separator: ", "))"
        case .invalid(let key, let reason): "tokenizer.json: \(key) \(reason)"
        }
    }
}
