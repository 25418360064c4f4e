// SPDX-License-Identifier: Apache-2.0

import EmbedTestSupport
import Foundation

/// A folder of models as `EMBEDDER_MODELS_DIR` names it, with the real all-MiniLM-L6-v2 and the small ones of the
/// fixtures as `tests/<name>`; the servers of the contracts run in the folder above.
final class ModelsFolder: Sendable {
    static let miniLM = "sentence-transformers/all-MiniLM-L6-v2"

    private let folder: TemporaryDirectory

    /// Where the models are.
    var path: String { "\(folder.path)/models" }

    /// Where the servers run; not among the models, because there their ids would be paths.
    var workingDirectory: String { folder.path }

    /// What a server needs to find the models, and nothing else of this machine.
    var environment: [String: String] { ["EMBEDDER_MODELS_DIR": path] }

    init() throws {
        folder = try TemporaryDirectory()
        try link(Fixtures.miniLM(), as: Self.miniLM)
        for name in ["new-format", "pooling", "dense"] {
            try link(Fixtures.path("Models/\(name)"), as: "tests/\(name)")
        }
        // Found, but not loadable.
        try folder.write(#"{"model_type":"no-such-architecture"}"#, to: "models/tests/broken/config.json")
    }

    /// Writes a file into the working directory, such as `.env`.
    @discardableResult
    func write(_ text: String, to file: String) throws -> String { try folder.write(text, to: file) }

    /// Lets `name` be the model in `directory`; replaces what it was.
    func link(_ directory: String, as name: String) throws {
        let target = URL(filePath: "\(path)/\(name)")
        let manager = FileManager.default
        try manager.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        if (try? manager.destinationOfSymbolicLink(atPath: target.path)) != nil { try manager.removeItem(at: target) }
        try manager.createSymbolicLink(at: target, withDestinationURL: URL(filePath: directory))
    }
}
