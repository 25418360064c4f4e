// SPDX-License-Identifier: Apache-2.0

/// Why a model's file about its images can't be followed.
package enum ImagePreprocessorError: Error, Sendable, Equatable, CustomStringConvertible {
    case missing(file: String, key: String, expected: String)
    case invalid(file: String, key: String, found: String, expected: String)

    package var description: String {
        switch self {
        case .missing(let file, let key, let expected): "\(file): \(key) is missing; expected \(expected)"
        case .invalid(let file, let key, let found, let expected):
            "\(file): \(key) is \(found); expected \(expected)"
        }
    }
}
