// SPDX-License-Identifier: Apache-2.0

/// A file with lines such as `PORT=8080`: settings for who doesn't want them in the environment itself.
///
/// ```
/// # A comment; blank lines count for nothing.
/// PORT=8080                     # a comment behind a value has a space before it
/// export LOG_LEVEL=debug        # "export" is for shells and changes nothing
/// EMBEDDER_API_KEY='as it is'   # between single quotes nothing is special
/// APP_NAME="two\nlines"         # between double quotes \n, \r, \t, \", \\ and \$ are
/// ```
/// Values between quotes may go over several lines. Variables are not expanded. The last of two lines with the same
/// name wins.
struct EnvironmentFile: Sendable, Equatable {
    /// A value and the line it begins on, counted from 1.
    struct Entry: Sendable, Equatable {
        let value: String
        let line: Int
    }

    /// What messages call the file.
    let name: String
    let entries: [String: Entry]

    /// A file of settings has a few hundred bytes; one of this size is something else.
    static let maxByteCount = 256 << 10
    /// The file that is read when none is named.
    static let usualName = ".env"

    /// The file called `name`, which must exist; without a name ``usualName`` in the working directory, if it is there.
    static func read(named name: String?) throws -> EnvironmentFile? {
        let path = name ?? usualName
        // A folder of this name is a Python environment, as a rule.
        if name == nil, SmallFile.kind(of: path) != .regular { return nil }
        return try EnvironmentFile(parsing: try SmallFile.read(path, limit: maxByteCount), name: path)
    }

    /// - Throws: ``EnvironmentFileError`` that names file and line, never a value.
    init(parsing bytes: [UInt8], name: String) throws(EnvironmentFileError) {
        self.name = name
        var parser = EnvironmentFileParser(bytes, file: name)
        entries = try parser.entries()
    }
}

/// Why an environment file can't be read.
struct EnvironmentFileError: Error, Equatable, CustomStringConvertible {
    let file: String
    let line: Int
    let reason: String

    var description: String { "\(file), line \(line): \(reason)" }
}

/// Reads an environment file from its first byte to its last.
private struct EnvironmentFileParser {
    private let bytes: [UInt8]
    private let file: String
    private var position = 0
    private var line = 1

    init(_ bytes: [UInt8], file: String) {
        // The mark that some editors put before UTF-8.
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        self.file = file
    }

    mutating func entries() throws(EnvironmentFileError) -> [String: EnvironmentFile.Entry] {
        var entries: [String: EnvironmentFile.Entry] = [:]
        while true {
            skip(Self.isBlank)
            guard let byte = peek else { return entries }
            if byte == UInt8(ascii: "#") {
                skip { $0 != UInt8(ascii: "\n") }
            } else {
                let name = try variableName()
                let start = line
                entries[name] = EnvironmentFile.Entry(value: try value(), line: start)
            }
        }
    }

    /// The name before "=", and the sign itself.
    private mutating func variableName() throws(EnvironmentFileError) -> String {
        var name = word()
        if name == "export", peek.map(Self.isSpace) == true {
            skip(Self.isSpace)
            name = word()
        }
        skip(Self.isSpace)
        guard !name.isEmpty, peek == UInt8(ascii: "=") else { throw error("expected NAME=VALUE") }
        position += 1
        return name
    }

    /// Letters, digits and "_", "." or "-".
    private mutating func word() -> String {
        let start = position
        skip { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// What stands behind "=", up to the end of the line or of the quotes.
    private mutating func value() throws(EnvironmentFileError) -> String {
        skip(Self.isSpace)
        guard let quote = peek, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            return try text(unquoted())
        }
        position += 1
        let value = try text(quoted(by: quote))
        skip(Self.isSpace)
        guard peek == nil || peek == UInt8(ascii: "\n") || peek == UInt8(ascii: "#") else {
            throw error("expected the end of the line behind the closing quote")
        }
        skip { $0 != UInt8(ascii: "\n") }
        return value
    }

    /// Up to the end of the line, or to a "#" with a space before it; spaces at the end are dropped.
    private mutating func unquoted() -> ArraySlice<UInt8> {
        let start = position
        skip { $0 != UInt8(ascii: "\n") }
        var value = bytes[start..<position]
        if let comment = value.indices.first(where: { index in
            value[index] == UInt8(ascii: "#") && Self.isSpace(bytes[index - 1])
        }) {
            value = value[..<comment]
        }
        while let last = value.last, Self.isSpace(last) { value.removeLast() }
        return value
    }

    private mutating func quoted(by quote: UInt8) throws(EnvironmentFileError) -> ArraySlice<UInt8> {
        let opening = line
        var value: [UInt8] = []
        while let byte = peek {
            position += 1
            if byte == quote { return value[...] }
            if byte == UInt8(ascii: "\n") { line += 1 }
            guard byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\""), let escaped = peek,
                let meant = Self.meaning(ofEscaped: escaped)
            else {
                value.append(byte)
                continue
            }
            position += 1
            value.append(meant)
        }
        throw EnvironmentFileError(file: file, line: opening, reason: "the quote is never closed")
    }

    private static func meaning(ofEscaped byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "n"): UInt8(ascii: "\n")
        case UInt8(ascii: "r"): UInt8(ascii: "\r")
        case UInt8(ascii: "t"): UInt8(ascii: "\t")
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "$"): byte
        default: nil
        }
    }

    private func text(_ bytes: ArraySlice<UInt8>) throws(EnvironmentFileError) -> String {
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            throw error("the value is no UTF-8 text")
        }
        return text
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skip(_ isSkipped: (UInt8) -> Bool) {
        while let byte = peek, isSkipped(byte) {
            if byte == UInt8(ascii: "\n") { line += 1 }
            position += 1
        }
    }

    private func error(_ reason: String) -> EnvironmentFileError {
        EnvironmentFileError(file: file, line: line, reason: reason)
    }

    /// Inside a line; the carriage return of Windows' line ends is one.
    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }

    private static func isBlank(_ byte: UInt8) -> Bool { isSpace(byte) || byte == UInt8(ascii: "\n") }
}
