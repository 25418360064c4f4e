// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedJSON

/// How a vector is written in JSON.
enum EncodingFormat: Sendable {
    /// A list of numbers.
    case float
    /// The bytes of its numbers in base64, float32 in little-endian order; what OpenAI's SDKs ask for.
    case base64
}

/// The members by which APIs say what vectors are to be. A dialect reads those that its API has.
extension RequestFields {
    /// `encoding_format` of OpenAI and Voyage.
    mutating func encodingFormat() -> EncodingFormat? {
        optionalChoice(
            "encoding_format", of: ["float": EncodingFormat.float, "base64": .base64, "": .float],
            expected: "'float' or 'base64'")
    }

    /// `output_dtype` of Voyage.
    mutating func outputType() -> OutputType? {
        optionalChoice("output_dtype", expected: "'float', 'int8', 'uint8', 'binary' or 'ubinary'") {
            OutputType(rawValue: $0)
        }
    }

    /// `embedding_type` of Jina: one type, also as a list; "base64" is float written so.
    mutating func embeddingType() -> (type: OutputType, format: EncodingFormat?)? {
        let (key, expected) = ("embedding_type", "one of 'float', 'base64', 'binary' and 'ubinary'")
        guard let value = member(key) else { return nil }
        var only = value
        if value.count == 1, let element = value.elements?.first(where: { _ in true }) { only = element }
        switch only.string {
        case "float": return (.float, nil)
        case "base64": return (.float, .base64)
        case "binary": return (.binary, nil)
        case "ubinary": return (.ubinary, nil)
        default:
            add("literal_error", key, "Input should be \(expected)", value)
            return nil
        }
    }
}
