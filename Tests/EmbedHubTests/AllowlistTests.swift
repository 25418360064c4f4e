// SPDX-License-Identifier: Apache-2.0

import EmbedHub
import EmbedTestSupport
import Testing

@Suite struct AllowlistTests {
    @Test(arguments: [
        ("", []),
        ("a/b\nc/d", ["a/b", "c/d"]),
        ("a/b\r\nc/d\r\n", ["a/b", "c/d"]),
        ("# models\n\n  a/b\t# a comment\n\t\nbare#another\n", ["a/b", "bare"]),
        ("a/b\nc/d\na/b # again\n", ["a/b", "c/d"]),
    ])
    func readsAnIDALine(content: String, ids: [String]) throws {
        let list = try Allowlist(parsing: Array(content.utf8), file: "list")
        #expect(list.ids.map(\.text) == ids)
    }

    @Test(arguments: [
        ("c", ["a/c", "b/c"]), ("d", ["d"]), ("a/c", []), ("e", []), ("C", []),
    ])
    func findsIDsByTheirLastPart(name: String, ids: [String]) throws {
        let list = try Allowlist(parsing: Array("a/c\nd\nb/c".utf8), file: "list")
        #expect(list.ids(named: name).map(\.text) == ids)
    }

    @Test(arguments: [
        ("a/b\n\n../etc # no\n", 3), ("a/b c/d", 1), ("/models/x", 1), ("a/b/c", 1), ("a/b@main", 1), ("a\u{0}b", 1),
    ])
    func namesTheLineThatIsNoID(content: String, line: Int) {
        let error = #expect(throws: AllowlistError.self) {
            try Allowlist(parsing: Array(content.utf8), file: "list.txt")
        }
        #expect(error?.line == line)
        #expect(error?.description.hasPrefix("list.txt, line \(line): ") == true)
    }

    @Test func saysWhatItHas() throws {
        let list = try Allowlist(parsing: Array("org/name".utf8), file: "list")
        #expect(list.contains(try RepositoryID("org/name")))
        #expect(!list.contains(try RepositoryID("name")))
        #expect(!list.contains(try RepositoryID("org/Name")))
    }

    /// The list that comes with the program.
    @Test func readsTheListOfThisRepository() throws {
        let list = try Allowlist(parsing: Fixtures.bytes("../../supported_models.txt"), file: "supported_models.txt")
        #expect(list.contains(try RepositoryID("sentence-transformers/all-MiniLM-L6-v2")))
        #expect(list.contains(try RepositoryID("sentence-transformers/multi-qa-MiniLM-L6-cos-v1")))
    }
}
