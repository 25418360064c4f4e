// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedJSON

/// One input of a request as it was sent: the file of an image may be elsewhere still.
enum SentInput: Sendable, Equatable {
    case input(EmbeddingInput)
    case imageURL(String)

    init(_ source: ImageSource) {
        switch source {
        case .file(let file): self = .input(.image(file))
        case .url(let url): self = .imageURL(url)
        }
    }

    /// It is, or will be, an image.
    var isImage: Bool {
        switch self {
        case .input(.image), .imageURL: true
        case .input(.text), .input(.tokenIDs): false
        }
    }
}

/// Inputs that are objects, as APIs that take images have them.
extension RequestFields {
    /// A text, or an object that says what it is: Jina's `{"text"}` and `{"image"}`, OpenAI's `{"type":"text","text"}` and
    /// `{"type":"image_url","image_url"}`, or Cohere's `{"content":[…]}` with one of those.
    ///
    /// - Returns: `nil` after a fault.
    mutating func sentInput(
        _ value: JSONValue, in key: String, at path: [FieldFault.Step], maxImageBytes: Int
    ) -> SentInput? {
        if let text = value.utf8 { return .input(.text(text)) }
        guard value.kind == .object else {
            add("string_type", key, "Input should be a valid string", value, at: path)
            return nil
        }
        let members = ["text", "image", "image_url", "content"].filter { value[$0] != nil }
        guard members.count == 1, let name = members.first, let member = value[name],
            value["type"].map({ $0.string == name }) ?? true
        else {
            add(
                "input_type", key, "Input should be a string, or an object with one of text, image and image_url",
                value, at: path)
            return nil
        }
        let inner = path + [.key(name)]
        switch name {
        case "text":
            guard let text = member.utf8 else {
                add("string_type", key, "Input should be a valid string", member, at: inner)
                return nil
            }
            return .input(.text(text))
        case "content":
            guard member.count == 1, let part = member.elements?.first(where: { _ in true }), part["content"] == nil
            else {
                add(
                    "list_type", key, "Input should be a list of one item: each gives a vector of its own", member,
                    at: inner)
                return nil
            }
            return sentInput(part, in: key, at: inner + [.index(0)], maxImageBytes: maxImageBytes)
        default:
            let url = name == "image_url" ? member["url"] ?? member : member
            return image(url, in: key, at: inner, maxByteCount: maxImageBytes)
        }
    }

    /// An image in base64, in a data URI or at an address.
    ///
    /// - Returns: `nil` after a fault.
    mutating func image(
        _ value: JSONValue, in key: String, at path: [FieldFault.Step], maxByteCount: Int
    ) -> SentInput? {
        do throws(ImageFault) {
            return SentInput(try ImageSource(value, maxByteCount: maxByteCount))
        } catch {
            add("value_error", key, "Value error, \(error)", value, at: path)
            return nil
        }
    }
}
