// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedJSON
import Glibc

/// A text to work on, or an image, and what stood beside it.
struct SourceText {
    var text: [UInt8]
    /// The path of an image file; then there is no text.
    var image: String?
    /// The `id` of a JSON object, as it was written.
    var id: String?
}

/// Where `embedder embed` and `embedder tokenize` take their texts from, one after the other.
enum TextSource: ~Copyable {
    /// How the lines of an input are read.
    enum Format: String, CaseIterable, Sendable {
        /// A line is a text.
        case txt
        /// A line is a JSON string, or an object with the text under a key, or the path of an image under `image`, and an
        /// optional `id`.
        case jsonl
    }

    case arguments([String], next: Int)
    case lines(LineReader, Format, textKey: String)

    /// The texts given as arguments, else those in `input`, else those on standard input.
    static func make(
        arguments: [String], input: String?, format: Format?, textKey: String
    ) throws -> TextSource {
        if !arguments.isEmpty {
            guard input == nil else { throw ValidationError("give texts as arguments or by --input, not both.") }
            return .arguments(arguments, next: 0)
        }
        let path = input ?? "-"
        if path == "-", Terminal.isTerminal(STDIN_FILENO) {
            throw ValidationError("no text: give texts as arguments, by --input FILE, or on standard input.")
        }
        let byExtension: Format = path.hasSuffix(".jsonl") || path.hasSuffix(".ndjson") ? .jsonl : .txt
        return .lines(try LineReader(path: path), format ?? byExtension, textKey: textKey)
    }

    /// The next text, or `nil` when there are no more.
    mutating func next() throws -> SourceText? {
        switch consume self {
        case .arguments(let texts, let position):
            self = .arguments(texts, next: position + 1)
            return position < texts.count ? SourceText(text: Array(texts[position].utf8), id: nil) : nil
        case .lines(var reader, let format, let textKey):
            let line: [UInt8]?
            do {
                line = try reader.next()
            } catch {
                self = .lines(reader, format, textKey: textKey)
                throw error
            }
            let place = "\(reader.name), line \(reader.lineNumber)"
            self = .lines(reader, format, textKey: textKey)
            guard let line else { return nil }
            return try Self.parse(line, format, textKey: textKey, place: place)
        }
    }

    private static func parse(_ line: [UInt8], _ format: Format, textKey: String, place: String) throws -> SourceText {
        switch format {
        case .txt:
            return SourceText(text: line, id: nil)
        case .jsonl:
            let root: JSONValue
            do {
                root = try JSONDocument(parsing: line, limits: .requests).root
            } catch {
                throw ValidationError("\(place): \(error).")
            }
            if let text = root.utf8 { return SourceText(text: text, id: nil) }
            let id = root.nonNull("id")?.json
            if let text = root[textKey]?.utf8 { return SourceText(text: text, id: id) }
            guard let image = root["image"]?.string else {
                throw ValidationError(
                    "\(place): expected a JSON string, or an object with a string under \"\(textKey)\".")
            }
            return SourceText(text: [], image: image, id: id)
        }
    }

    /// The number of lines of the file at `path`, for a progress bar; `nil` when it is no regular file.
    static func lineCount(ofFile path: String) -> Int? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, let file = fopen(path, "re") else {
            return nil
        }
        defer { fclose(file) }
        var block = [UInt8](repeating: 0, count: 1 << 18)
        var lines = 0
        var last = UInt8(ascii: "\n")
        while true {
            let count = fread(&block, 1, block.count, file)
            guard count > 0 else { break }
            lines += block[..<count].count { $0 == UInt8(ascii: "\n") }
            last = block[count - 1]
        }
        return last == UInt8(ascii: "\n") ? lines : lines + 1
    }
}
