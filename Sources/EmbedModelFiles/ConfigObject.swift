// SPDX-License-Identifier: Apache-2.0

package import EmbedJSON

/// One object of a configuration file, read key by key with errors that name file, key, found and expected.
///
/// A key that is missing or null takes the default that its reference implementation uses; a key of the wrong kind is
/// an error, never a default.
package struct ConfigObject: Sendable {
    /// The file's name, for errors.
    package let file: String
    /// The parsed object.
    package let value: JSONValue

    package init(file: String, value: JSONValue) {
        self.file = file
        self.value = value
    }

    /// An object without a key, for a file that is not there.
    package init(empty file: String) {
        self.init(file: file, value: .emptyObject)
    }

    /// Whether `key` is there and not null.
    package func contains(_ key: String) -> Bool { value.nonNull(key) != nil }

    /// Whether `key` is there, and null.
    package func isNull(_ key: String) -> Bool { value[key]?.isNull == true }

    /// The object that `key` has, with errors that name `key` too; `nil` when it is missing or null.
    package func object(_ key: String) throws(ModelFileError) -> ConfigObject? {
        guard let found = value.nonNull(key) else { return nil }
        guard found.kind == .object else { throw invalid(key, found: found.kind.name, expected: "an object") }
        return ConfigObject(file: "\(file): \(key)", value: found)
    }

    package func string(_ key: String, default fallback: String? = nil) throws(ModelFileError) -> String {
        try read(key, "a string", fallback) { $0.string }
    }

    package func bool(_ key: String, default fallback: Bool? = nil) throws(ModelFileError) -> Bool {
        try read(key, "true or false", fallback) { $0.bool }
    }

    package func double(_ key: String, default fallback: Double? = nil) throws(ModelFileError) -> Double {
        try read(key, "a finite number", fallback) { $0.double.flatMap { $0.isFinite ? $0 : nil } }
    }

    /// An integer in `range`, which keeps later products of sizes from overflowing.
    package func int(
        _ key: String, in range: ClosedRange<Int>, default fallback: Int? = nil
    ) throws(ModelFileError) -> Int {
        try read(key, "an integer from \(range.lowerBound) to \(range.upperBound)", fallback) {
            $0.int.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    private func read<Value>(
        _ key: String, _ expected: String, _ fallback: Value?, _ convert: (JSONValue) -> Value?
    ) throws(ModelFileError) -> Value {
        guard let found = value.nonNull(key) else {
            guard let fallback else { throw .missingKey(file: file, key: key, expected: expected) }
            return fallback
        }
        guard let converted = convert(found) else {
            throw invalid(key, found: String(found.rawText.prefix(80)), expected: expected)
        }
        return converted
    }

    /// The error for a value of `key` that is not supported.
    package func invalid(_ key: String, found: String, expected: String) -> ModelFileError {
        .invalidKey(file: file, key: key, found: found, expected: expected)
    }
}
