// SPDX-License-Identifier: Apache-2.0

/// Appends JSON to a byte buffer; the caller keeps the structure right.
///
/// ```swift
/// var json = JSONWriter()
/// json.object { json in
///     json.member("status", "ok")
///     json.member("vector") { $0.array(of: [1, 2.5]) }
/// }
/// ```
package struct JSONWriter: Sendable {
    /// What has been written so far: UTF-8.
    package private(set) var bytes: [UInt8]
    /// Whether the next element or key needs a comma before it.
    private var needsComma = false

    package init(reservingCapacity capacity: Int = 256) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "{"))
        body(&self)
        close(UInt8(ascii: "}"))
    }

    package mutating func array(_ body: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "["))
        body(&self)
        close(UInt8(ascii: "]"))
    }

    /// Writes a key; the next value written is its value.
    package mutating func key(_ key: String) {
        separate()
        quoted(key)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func member(_ key: String, _ value: String) {
        self.key(key)
        string(value)
    }

    package mutating func member(_ key: String, _ value: Int) {
        self.key(key)
        int(value)
    }

    package mutating func member(_ key: String, _ value: Bool) {
        self.key(key)
        bool(value)
    }

    package mutating func member(_ key: String, _ value: (inout JSONWriter) -> Void) {
        self.key(key)
        value(&self)
    }

    /// Writes `value`, or null.
    package mutating func member(_ key: String, orNull value: String?) {
        self.key(key)
        if let value { string(value) } else { null() }
    }

    package mutating func string(_ value: String) {
        separate()
        quoted(value)
    }

    package mutating func int(_ value: Int) {
        separate()
        append(ascii: value.description)
    }

    package mutating func int(orNull value: Int?) {
        if let value { int(value) } else { null() }
    }

    package mutating func bool(_ value: Bool) {
        separate()
        append(ascii: value ? "true" : "false")
    }

    /// Writes `json`, which must be one JSON value already.
    package mutating func raw(_ json: String) {
        separate()
        append(ascii: json)
    }

    package mutating func null() {
        separate()
        append(ascii: "null")
    }

    /// Writes the shortest decimal that reads back as `value`; JSON has no other numbers, so `value` must be finite.
    package mutating func double(_ value: Double) {
        separate()
        append(ascii: value.description)
    }

    /// Writes an array of the shortest decimals that read back as the same floats; all must be finite.
    package mutating func array(of values: ArraySlice<Float>) {
        open(UInt8(ascii: "["))
        for value in values {
            separate()
            // A Float's description has at most 15 characters: a small string, so no allocation.
            append(ascii: value.description)
            needsComma = true
        }
        close(UInt8(ascii: "]"))
    }

    /// Writes a string of ASCII that needs no escapes, such as base64, produced by `body`.
    package mutating func asciiString(_ body: (inout [UInt8]) -> Void) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        body(&bytes)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    private mutating func open(_ byte: UInt8) {
        separate()
        bytes.append(byte)
        needsComma = false
    }

    private mutating func close(_ byte: UInt8) {
        bytes.append(byte)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func append(ascii text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    private mutating func quoted(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0A: append(ascii: "\\n")
            case 0x0D: append(ascii: "\\r")
            case 0x09: append(ascii: "\\t")
            case 0..<0x20, 0x7F:
                append(ascii: "\\u00")
                bytes.append(hexDigit(byte >> 4))
                bytes.append(hexDigit(byte & 15))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
