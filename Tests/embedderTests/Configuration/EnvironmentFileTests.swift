// SPDX-License-Identifier: Apache-2.0

import EmbedTestSupport
import Testing

@testable import embedder

@Suite struct EnvironmentFileTests {
    @Test(arguments: [
        ("", [:]),
        ("A=1", ["A": "1"]),
        ("A=1\nB=2\n", ["A": "1", "B": "2"]),
        ("\r\nA=1\r\n\r\nB=2\r\n", ["A": "1", "B": "2"]),
        ("\u{FEFF}A=1", ["A": "1"]),
        ("  A = 1  ", ["A": "1"]),
        ("export A=1\nexport\tB=2", ["A": "1", "B": "2"]),
        ("export=1", ["export": "1"]),
        ("A=", ["A": ""]),
        ("A=\nB=2", ["A": "", "B": "2"]),
        ("A=   # nothing", ["A": ""]),
        ("# A=1\n   # B=2\nC=3", ["C": "3"]),
        ("A=1 # one", ["A": "1"]),
        ("A=a#b", ["A": "a#b"]),
        ("A=#b", ["A": "#b"]),
        ("A=two words", ["A": "two words"]),
        ("A=b=c", ["A": "b=c"]),
        ("A=$B ${C}", ["A": "$B ${C}"]),
        (#"A=C:\new"#, ["A": #"C:\new"#]),
        ("A=it's", ["A": "it's"]),
        (#"A="two words""#, ["A": "two words"]),
        (#"A="a # b" # comment"#, ["A": "a # b"]),
        (#"A="x"# + "\n" + #"y"# + "\n\"\nB=2", ["A": "x\ny\n", "B": "2"]),
        (#"A="1\n2\t\"3\" \\n \$ \q""#, ["A": "1\n2\t\"3\" \\n $ \\q"]),
        (#"A='1\n"2"'"#, ["A": #"1\n"2""#]),
        ("A=''\nB=\"\"", ["A": "", "B": ""]),
        ("A='a'#b", ["A": "a"]),
        ("A=1\nA=2", ["A": "2"]),
        ("a.b-c_1=x", ["a.b-c_1": "x"]),
        ("A=\u{FC}ber \u{1F600}", ["A": "\u{FC}ber \u{1F600}"]),
    ])
    func reads(content: String, entries: [String: String]) throws {
        let file = try EnvironmentFile(parsing: Array(content.utf8), name: ".env")
        #expect(file.entries.mapValues(\.value) == entries)
    }

    @Test func knowsTheLineOfEachValue() throws {
        let file = try EnvironmentFile(parsing: Array("# x\nA='1\n2'\n\nB=3".utf8), name: ".env")
        #expect(file.entries.mapValues(\.line) == ["A": 2, "B": 5])
    }

    @Test(arguments: [
        ("A", 1), ("A=1\nplanted words\nB=2", 2), ("=planted", 1), ("A B=planted", 1), ("export A", 1), ("\n\n$A=1", 3),
        ("A=1\nB='planted", 2), ("A=\"planted\nB=2", 1), (#"A="planted\""#, 1), ("A='planted' x", 1),
        ("A=planted\u{0}", 1), ("A=\"planted\u{0}\"", 1),
    ])
    func namesTheLineItCannotRead(content: String, line: Int) {
        let error = #expect(throws: EnvironmentFileError.self) {
            try EnvironmentFile(parsing: Array(content.utf8), name: "some.env")
        }
        #expect(error?.line == line)
        #expect(error?.description.hasPrefix("some.env, line \(line): ") == true)
        #expect(error?.description.contains("planted") == false)
    }

    @Test func refusesWhatIsNoText() {
        #expect(throws: EnvironmentFileError.self) { try EnvironmentFile(parsing: [0x41, 0x3D, 0xFF], name: ".env") }
    }

    @Test func readsOrRefusesAnyBytes() {
        var generator = SplitMix64(seed: 7)
        let special = Array("AB=\"'#\\\n\r \texport$".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                Bool.random(using: &generator)
                    ? special.randomElement(using: &generator) ?? 0 : UInt8.random(in: .min ... .max, using: &generator)
            }
            do throws(EnvironmentFileError) {
                let file = try EnvironmentFile(parsing: bytes, name: "f")
                #expect(!file.entries.keys.contains(""))
            } catch {
                #expect(error.line >= 1 && error.line <= 61)
            }
        }
    }

    @Test func isReadWhenItIsThere() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write("A=1\n", to: "my.env")
        #expect(try EnvironmentFile.read(named: path)?.entries["A"]?.value == "1")
        #expect(throws: CommandFailure.self) { try EnvironmentFile.read(named: "\(folder.path)/other.env") }
        #expect(throws: (any Error).self) { try EnvironmentFile.read(named: folder.path) }
    }

    @Test func hasABound() throws {
        let folder = try TemporaryDirectory()
        let line = "A=1\n"
        let count = EnvironmentFile.maxByteCount / line.utf8.count
        let path = try folder.write(String(repeating: line, count: count), to: "full.env")
        #expect(try EnvironmentFile.read(named: path)?.entries.count == 1)
        let large = try folder.write(String(repeating: line, count: count + 1), to: "large.env")
        let error = #expect(throws: CommandFailure.self) { try EnvironmentFile.read(named: large) }
        #expect(error?.description.contains("more than 256 KiB") == true)
    }
}
