// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedJSON

/// `input` of `POST /v1/embeddings`, in all its forms.
extension RequestFields {
    /// A text, a list of texts, one input as a list of token ids, or a list of those; where there is a text there may
    /// be an object that says what it is, such as an image.
    mutating func inputs(_ value: JSONValue, maxImageBytes: Int) -> [SentInput] {
        if let text = value.utf8 { return [.input(.text(text))] }
        if value.kind == .object {
            return sentInput(value, in: "input", at: [], maxImageBytes: maxImageBytes).map { [$0] } ?? []
        }
        guard let elements = value.elements else {
            add("input_type", "input", Self.inputExpected, value)
            return []
        }
        var iterator = elements
        switch iterator.next()?.kind {
        case nil: return []
        case .string, .object: return sentInputs(elements, maxImageBytes: maxImageBytes)
        case .number: return tokenIDs(elements).map { [.input(.tokenIDs($0))] } ?? []
        case .array: return tokenIDLists(elements)
        case .null, .true, .false:
            add("input_type", "input", Self.inputExpected, value)
            return []
        }
    }

    private static let inputExpected =
        "Input should be a string, a list of strings, a list of token ids or a list of lists of token ids"

    /// Texts and objects; the first that is neither is a fault.
    private mutating func sentInputs(_ elements: JSONValue.Elements, maxImageBytes: Int) -> [SentInput] {
        var inputs: [SentInput] = []
        inputs.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            // Nearly all there are, without a path that says where it is.
            if let text = element.utf8 {
                inputs.append(.input(.text(text)))
                continue
            }
            guard let input = sentInput(element, in: "input", at: [.index(index)], maxImageBytes: maxImageBytes) else {
                return []
            }
            inputs.append(input)
        }
        return inputs
    }

    /// What Infinity calls the kind of all inputs of a request.
    enum Modality: String {
        case text
        case image
    }

    mutating func modality() -> Modality? {
        optionalChoice("modality", expected: "'text' or 'image'") { Modality(rawValue: $0) }
    }

    /// An image or a list of images, each a string.
    mutating func images(_ value: JSONValue, maxByteCount: Int) -> [SentInput] {
        guard let elements = value.elements else {
            return image(value, in: "input", at: [], maxByteCount: maxByteCount).map { [$0] } ?? []
        }
        var images: [SentInput] = []
        for (index, element) in elements.enumerated() {
            guard let image = image(element, in: "input", at: [.index(index)], maxByteCount: maxByteCount) else {
                return []
            }
            images.append(image)
        }
        return images
    }

    private mutating func tokenIDLists(_ elements: JSONValue.Elements) -> [SentInput] {
        var lists: [SentInput] = []
        lists.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            guard let list = element.elements else {
                add("list_type", "input", "Input should be a list of token ids", element, at: [.index(index)])
                return []
            }
            guard let ids = tokenIDs(list, in: index) else { return [] }
            lists.append(.input(.tokenIDs(ids)))
        }
        return lists
    }

    /// The token ids of one input; `nil` after a fault.
    private mutating func tokenIDs(_ elements: JSONValue.Elements, in list: Int? = nil) -> [Int32]? {
        var ids: [Int32] = []
        ids.reserveCapacity(elements.count)
        for element in elements {
            guard let id = element.int.flatMap({ Int32(exactly: $0) }) else {
                let path = (list.map { [FieldFault.Step.index($0)] } ?? []) + [.index(ids.count)]
                add("int_type", "input", "Input should be a valid token id", element, at: path)
                return nil
            }
            ids.append(id)
        }
        return ids
    }
}
