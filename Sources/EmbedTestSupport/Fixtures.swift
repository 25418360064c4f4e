// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Where the tests' files are.
package enum Fixtures {
    /// The path of `name` in Tests/Fixtures.
    package static func path(_ name: String) -> String {
        // This file is Sources/EmbedTestSupport/Fixtures.swift.
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        return "\(root)/Tests/Fixtures/\(name)"
    }

    /// All bytes of `name` in Tests/Fixtures.
    package static func bytes(_ name: String) throws -> [UInt8] { try read(path(name)) }

    /// The directory of the real all-MiniLM-L6-v2, which Scripts/bootstrap installs.
    ///
    /// `EMBEDDER_TEST_MODEL` names another place.
    package static func miniLM() throws -> String {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        let cache = variable("XDG_CACHE_HOME") ?? "\(variable("HOME") ?? "")/.cache"
        let models = variable("EMBEDDER_MODELS_DIR") ?? "\(cache)/embedder/models"
        let path = variable("EMBEDDER_TEST_MODEL") ?? "\(models)/sentence-transformers/all-MiniLM-L6-v2"
        guard access("\(path)/model.safetensors", R_OK) == 0 else {
            throw TestSupportError(
                "all-MiniLM-L6-v2 is not at \(path); run Scripts/bootstrap, or set EMBEDDER_TEST_MODEL")
        }
        return path
    }

    private static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "re") else { throw TestSupportError("can't read \(path)") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&block, 1, block.count, file)
            guard count > 0 else { return bytes }
            bytes += block[..<count]
        }
    }
}
