// SPDX-License-Identifier: Apache-2.0

/// The lines of a text file as bytes: to Swift's strings the end of a line on Windows is one character.
enum Lines {
    /// The lines without their ends, "\n" or "\r\n"; an end of line closes the last one.
    static func split(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
    }
}
