// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc

/// What a file descriptor is connected to.
enum Terminal {
    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Colour on terminals, unless `NO_COLOR` is set (https://no-color.org); `CLICOLOR_FORCE` asks for it anywhere.
    static func usesColor(_ descriptor: Int32) -> Bool {
        let environment = ProcessInfo.processInfo.environment
        if environment["NO_COLOR"].map({ !$0.isEmpty }) == true { return false }
        if environment["CLICOLOR_FORCE"].map({ !$0.isEmpty && $0 != "0" }) == true { return true }
        return isTerminal(descriptor) && environment["TERM"] != "dumb"
    }

    /// Writes `text` to standard error; a closed one is no reason to stop.
    static func note(_ text: String) {
        var text = text
        _ = text.withUTF8 { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// Writes all of `bytes` to standard output.
    static func print(_ bytes: [UInt8]) throws {
        try OutputFile.standardOutput.write(bytes)
    }

    /// A line of two columns.
    typealias Row = (name: String, value: String)

    /// Writes `rows` to standard output, the values below each other.
    static func print(_ rows: [Row]) throws {
        let width = (rows.map(\.name.count).max() ?? 0) + 2
        for (name, value) in rows {
            try print(Array("\(name)\(String(repeating: " ", count: width - name.count))\(value)\n".utf8))
        }
    }
}
