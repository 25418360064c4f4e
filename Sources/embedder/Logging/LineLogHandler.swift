// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import FoundationEssentials
import Glibc
import Logging

/// Writes each log message as one line to standard error: coloured text on a terminal, JSON otherwise.
struct LineLogHandler: LogHandler {
    enum Format: String, CaseIterable, Sendable {
        case auto, text, json
    }

    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let usesJSON: Bool
    private let usesColor: Bool

    init(level: Logger.Level, format: Format) {
        logLevel = level
        let isTerminal = Terminal.isTerminal(STDERR_FILENO)
        usesJSON = format == .json || (format == .auto && !isTerminal)
        usesColor = Terminal.usesColor(STDERR_FILENO)
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let merged = event.metadata.map { metadata.merging($0) { _, new in new } } ?? metadata
        let fields = merged.sorted { $0.key < $1.key }
        let message = event.message.description
        write(usesJSON ? jsonLine(event.level, message, fields) : textLine(event.level, message, fields))
    }

    private func textLine(
        _ level: Logger.Level, _ message: String, _ fields: [(key: String, value: Logger.MetadataValue)]
    ) -> [UInt8] {
        var line = "\(timestamp()) "
        line += colored("\(level)", level)
        line += " \(escaped(message))"
        for (key, value) in fields { line += " \(key)=\(escaped(value.description))" }
        return Array(line.utf8)
    }

    private func jsonLine(
        _ level: Logger.Level, _ message: String, _ fields: [(key: String, value: Logger.MetadataValue)]
    ) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("time", timestamp())
            json.member("level", "\(level)")
            json.member("message", message)
            for (key, value) in fields { json.member(key, value.description) }
        }
        return json.bytes
    }

    /// One write a line, so that lines of several threads don't mix.
    private func write(_ line: [UInt8]) {
        var bytes = line
        bytes.append(UInt8(ascii: "\n"))
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// Now, in UTC, such as 2026-11-21T10:15:30.123Z.
    private func timestamp() -> String {
        Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// Keeps a message on one line and out of the terminal's control.
    private func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else { return text }
        return text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : String($0) }.joined()
    }

    private func colored(_ text: String, _ level: Logger.Level) -> String {
        guard usesColor else { return text }
        let color =
            switch level {
            case .trace, .debug: 90
            case .info, .notice: 32
            case .warning: 33
            case .error, .critical: 31
            }
        return "\u{1B}[\(color)m\(text)\u{1B}[0m"
    }
}
