// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// Reads the members of a request's JSON object strictly, and collects everything that is wrong with them.
///
/// Kinds are never converted: `true` is no integer and `384.0` isn't either. Members nobody asks for are ignored.
struct RequestFields {
    private let object: JSONValue
    private(set) var faults: [FieldFault] = []

    /// - Throws: ``RequestFailure/invalidFields(_:)`` when `body` is no object.
    init(_ body: JSONValue) throws(RequestFailure) {
        guard body.kind == .object else {
            throw .invalidFields([
                FieldFault(
                    type: "model_attributes_type", path: [], message: "Input should be a valid dictionary or object",
                    found: FieldFault.Found(body))
            ])
        }
        object = body
    }

    /// The member `key`, or a fault when it is missing.
    mutating func required(_ key: String) -> JSONValue? {
        let value = object[key]
        if value == nil { add("missing", key, "Field required", value) }
        return value
    }

    /// The member `key`; missing and null are `nil`.
    func member(_ key: String) -> JSONValue? { object.nonNull(key) }

    /// The string `key`; missing or of another kind is a fault.
    mutating func requiredString(_ key: String) -> String? {
        guard let value = required(key) else { return nil }
        guard let string = value.string else {
            add("string_type", key, "Input should be a valid string", value)
            return nil
        }
        return string
    }

    /// The string `key`; missing and null are `nil`.
    mutating func optionalString(_ key: String) -> String? {
        guard let value = object.nonNull(key) else { return nil }
        if value.string == nil { add("string_type", key, "Input should be a valid string", value) }
        return value.string
    }

    /// The boolean `key`; missing is `nil`, null is a fault.
    mutating func optionalBool(_ key: String) -> Bool? {
        guard let value = object[key] else { return nil }
        if value.bool == nil { add("bool_type", key, "Input should be a valid boolean", value) }
        return value.bool
    }

    /// The texts of the list `key` in UTF-8; missing, something else, or something else in the list is a fault.
    mutating func requiredTexts(_ key: String) -> [[UInt8]] {
        guard let value = required(key) else { return [] }
        guard let elements = value.elements else {
            add("list_type", key, "Input should be a valid list", value)
            return []
        }
        return texts(key, elements)
    }

    /// The texts of a list that stands under `key`; the first that is none is a fault.
    mutating func texts(_ key: String, _ elements: JSONValue.Elements) -> [[UInt8]] {
        var texts: [[UInt8]] = []
        texts.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            guard let text = element.utf8 else {
                add("string_type", key, "Input should be a valid string", element, at: [.index(index)])
                return []
            }
            texts.append(text)
        }
        return texts
    }

    /// The positive integer `key`; missing and null are `nil`.
    mutating func optionalPositiveInt(_ key: String) -> Int? {
        guard let value = object.nonNull(key) else { return nil }
        guard let int = value.int else {
            add("int_type", key, "Input should be a valid integer", value)
            return nil
        }
        guard int > 0 else {
            add("greater_than", key, "Input should be greater than 0", value)
            return nil
        }
        return int
    }

    /// One of `choices` by the string that `key` holds; missing and null are `nil`.
    mutating func optionalChoice<Choice: Sendable>(
        _ key: String, of choices: KeyValuePairs<String, Choice>, expected: String
    ) -> Choice? {
        optionalChoice(key, expected: expected) { string in choices.first { $0.key == string }?.value }
    }

    /// What `read` makes of the string that `key` holds, a fault when that is nothing; missing and null are `nil`.
    mutating func optionalChoice<Choice: Sendable>(
        _ key: String, expected: String, _ read: (String) -> Choice?
    ) -> Choice? {
        guard let value = object.nonNull(key) else { return nil }
        if let choice = value.string.flatMap(read) { return choice }
        add("literal_error", key, "Input should be \(expected)", value)
        return nil
    }

    /// Adds a fault of `key`, or of something inside it.
    mutating func add(
        _ type: String, _ key: String, _ message: String, _ found: JSONValue?, at inner: [FieldFault.Step] = []
    ) {
        add(FieldFault(type: type, path: [.key(key)] + inner, message: message, found: FieldFault.Found(found)))
    }

    mutating func add(_ fault: FieldFault) { faults.append(fault) }

    /// - Throws: ``RequestFailure/invalidFields(_:)`` with all faults, if there are any.
    func check() throws(RequestFailure) {
        guard faults.isEmpty else { throw .invalidFields(faults) }
    }
}
