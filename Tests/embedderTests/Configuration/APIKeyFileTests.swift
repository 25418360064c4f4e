// SPDX-License-Identifier: Apache-2.0

import EmbedTestSupport
import Glibc
import Testing

@testable import embedder

@Suite struct APIKeyFileTests {
    @Test(arguments: [
        ("a\nb\n", ["a", "b"]),
        ("# keys\r\n\r\n  a \t\r\n#b\r\nc", ["a", "c"]),
        ("a # is part of the key", ["a # is part of the key"]),
    ])
    func holdsAKeyALine(content: String, keys: [String]) throws {
        let folder = try TemporaryDirectory()
        #expect(try APIKeyFile.keys(at: folder.write(content, to: "keys")) == keys)
    }

    @Test(arguments: ["", "\n \n", "# only\n"])
    func holdsAtLeastOneKey(content: String) throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write(content, to: "keys")
        let error = #expect(throws: CommandFailure.self) { try APIKeyFile.keys(at: path) }
        #expect(error?.description == "\(path) holds no key; expected one a line")
    }

    @Test(arguments: [(mode_t(0o600), false), (0o400, false), (0o640, true), (0o604, true), (0o644, true)])
    func isSeenToBeReadableByOthers(mode: mode_t, isReadable: Bool) throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write("a\n", to: "keys")
        #expect(chmod(path, mode) == 0)
        #expect(SmallFile.isReadableByOthers(path) == isReadable)
    }
}
