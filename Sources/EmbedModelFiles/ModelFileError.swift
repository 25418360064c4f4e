// SPDX-License-Identifier: Apache-2.0

package import EmbedJSON

/// Why a model directory can't be loaded: which file, which key, what was found, what is supported.
package enum ModelFileError: Error, Equatable, Sendable, CustomStringConvertible {
    case notADirectory(path: String)
    case missingFile(String, hint: String)
    case unreadable(file: String, reason: String)
    case tooLarge(file: String, byteCount: Int, limit: Int)
    case invalidJSON(file: String, JSONError)
    case missingKey(file: String, key: String, expected: String)
    case invalidKey(file: String, key: String, found: String, expected: String)
    case invalidSafetensors(file: String, reason: String)
    case invalidPyTorch(file: String, reason: String)
    case missingTensor(name: String, file: String)
    case tensorShape(name: String, file: String, found: [Int], expected: [Int])
    case tensorElementType(name: String, file: String, found: String)

    package var description: String {
        switch self {
        case .notADirectory(let path): "\(path) is not a directory"
        case .missingFile(let file, let hint): "\(file) is missing\(hint.isEmpty ? "" : ": \(hint)")"
        case .unreadable(let file, let reason): "\(file) can't be read: \(reason)"
        case .tooLarge(let file, let byteCount, let limit):
            "\(file) has \(byteCount) bytes; at most \(limit) are accepted"
        case .invalidJSON(let file, let error): "\(file) is not valid JSON: \(error)"
        case .missingKey(let file, let key, let expected): "\(file): \(key) is missing; expected \(expected)"
        case .invalidKey(let file, let key, let found, let expected):
            "\(file): \(key) is \(found); expected \(expected)"
        case .invalidSafetensors(let file, let reason): "\(file) is not a valid safetensors file: \(reason)"
        case .invalidPyTorch(let file, let reason): "\(file) can't be read as weights of PyTorch: \(reason)"
        case .missingTensor(let name, let file): "\(file): tensor \"\(name)\" is missing"
        case .tensorShape(let name, let file, let found, let expected):
            "\(file): tensor \"\(name)\" has shape \(found); expected \(expected)"
        case .tensorElementType(let name, let file, let found):
            "\(file): tensor \"\(name)\" has type \(found); supported: F32, F16, BF16"
        }
    }
}
