// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedHub
import EmbedTestSupport
import Testing

@testable import embedder

@Suite struct ServedModelsTests {
    private let root: TemporaryDirectory

    init() throws {
        root = try TemporaryDirectory()
        for id in ["sentence-transformers/a", "org/b", "org/c", "d"] {
            try root.write("{}", to: "models/\(id)/config.json")
        }
    }

    @Test func namesModelsByTheirIDs() throws {
        let served = try models(["a", "org/b"])
        #expect(served.models.map(\.id) == ["sentence-transformers/a", "org/b"])
        #expect(served.models.map(\.aliases) == [["a"], ["b"]])
        #expect(served.models.allSatisfy { $0.loadsAtStart })
        #expect(served.vectorEmbedder == nil && served.simpleModelService == nil && served.embeddingsGenerator == nil)
    }

    @Test func givesContractsTheirOwnModels() throws {
        let served = try models(
            ["org/b"],
            [
                "EMBEDDING_MODEL": "a", "MODEL_PATH": "\(root.path)/models/org/c/", "DEFAULT_MODEL_NAME": "org/b",
            ])
        #expect(served.models.map(\.id) == ["org/b", "sentence-transformers/a", "c"])
        #expect(served.models.allSatisfy { $0.loadsAtStart })
        #expect(served.vectorEmbedder == "sentence-transformers/a")
        #expect(served.simpleModelService == "c")
        #expect(served.embeddingsGenerator == "org/b")
    }

    @Test func servesADirectoryOnceUnderAllItsNames() throws {
        let served = try models(["org/b"], ["MODEL_PATH": "\(root.path)/models/org/b", "EMBEDDING_MODEL": "org/b"])
        #expect(served.models.map(\.id) == ["org/b"])
        #expect(served.models[0].aliases == ["b"])
        #expect(served.simpleModelService == "org/b" && served.vectorEmbedder == "org/b")
    }

    @Test func loadsNoMoreAtTheStartThanMayBeLoaded() throws {
        let served = try models(
            ["org/b", "org/c"], ["EMBEDDING_MODEL": "a", "EMBEDDINGS_MAX_LOADED_MODELS": "2"])
        #expect(served.models.map(\.loadsAtStart) == [true, true, false])
    }

    @Test func addsWhatTheAllowlistNamesAndThisMachineHas() throws {
        let served = try models(["org/b"], allowed: "org/absent\norg/b\nsentence-transformers/a\nd")
        #expect(served.models.map(\.id) == ["org/b", "sentence-transformers/a", "d"])
        #expect(served.models.map(\.loadsAtStart) == [true, false, false])
    }

    @Test func allowsModelsGivenAtTheStartAnyway() throws {
        #expect(try models(["org/c"], allowed: "org/b").models.map(\.id) == ["org/c", "org/b"])
    }

    @Test func servesTheFirstUnderAnotherName() throws {
        let served = try models(["org/b"], ["SERVED_MODEL_NAME": "mine", "DEFAULT_MODEL_NAME": "org/b"])
        #expect(served.models.map(\.id) == ["mine"])
        #expect(served.models[0].aliases == ["org/b", "b"])
        #expect(served.embeddingsGenerator == "mine")
        #expect(throws: ValidationError.self) { try models(["a", "org/b"], ["SERVED_MODEL_NAME": "mine"]) }
    }

    @Test func refusesTwoModelsOfOneName() throws {
        try root.write("{}", to: "elsewhere/d/config.json")
        let error = #expect(throws: ValidationError.self) {
            try models(["d"], ["MODEL_PATH": "\(root.path)/elsewhere/d"])
        }
        #expect(error?.message.hasPrefix("two models are called d: ") == true)
    }

    @Test func blamesTheVariableThatNamesAnAbsentModel() {
        let error = #expect(throws: CommandFailure.self) { try models(["d"], ["EMBEDDING_MODEL": "org/absent"]) }
        #expect(
            error?.description.hasPrefix(
                "environment variable EMBEDDING_MODEL: org/absent is not on this machine") == true)
    }

    private func models(
        _ names: [String], _ environment: [String: String] = [:], allowed: String? = nil
    ) throws -> ServedModels {
        let reader = SettingsReader(
            flags: Flags(),
            environment: ["EMBEDDER_MODELS_DIR": "\(root.path)/models", "HOME": "/nonexistent"]
                .merging(environment) { _, new in new })
        return try ServedModels(
            names: Setting(values: names, origin: .argument),
            allowlist: try allowed.map { try Allowlist(parsing: Array($0.utf8), file: "list") }, reader)
    }
}
