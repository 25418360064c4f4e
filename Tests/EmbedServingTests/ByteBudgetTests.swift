// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedEngine
import EmbedModelFiles
import EmbedTestSupport
import Testing

@testable import EmbedServing

@Suite struct ByteBudgetTests {
    @Test func keepsNoMoreThanTheLimit() {
        let budget = ByteBudget(byteLimit: 10)
        #expect(budget.take(6))
        #expect(!budget.take(5))
        #expect(budget.take(4))
        budget.release(6)
        #expect(budget.take(5))
    }

    @Test func keepsMoreOnlyOfOneAlone() {
        let budget = ByteBudget(byteLimit: 10)
        #expect(!budget.take(11))
        #expect(budget.take(11, orAlone: true))
        #expect(!budget.take(1, orAlone: true))
        #expect(budget.take(0))
        budget.release(11)
        #expect(budget.take(10, orAlone: true))
    }

    /// Images wait for no place: many small files are little in bodies and much once they are read.
    @Test func refusesImagesWhileOthersTakeAllOfIt() async throws {
        var settings = ModelRegistry.Settings()
        settings.limits.maxWaitingImageBytes = 1
        let source = ModelRegistry.Source(id: "clip", aliases: []) {
            try EmbeddingModel.load(
                from: ModelDirectory(path: Fixtures.path("ImageModels/clip")), on: CPUDevice(threads: 1))
        }
        let registry = ModelRegistry(
            sources: [source], settings: settings, runner: ModelRunner(label: "test"), logger: silentLogger)
        let image = EmbeddingRequest(inputs: [.image(try Fixtures.bytes("ImageModels/images/dot.png"))])
        try await registry.whileRunning { (registry) async throws -> Void in
            #expect(try await registry.embed(image).tokenCounts.count == 1)
            #expect(registry.imageBudget.take(1))
            await #expect(throws: ServiceError.overloaded(retryAfter: .seconds(1))) {
                try await registry.embed(image)
            }
            #expect(try await registry.embed(EmbeddingRequest(inputs: [.text("a")])).tokenCounts.count == 1)
            registry.imageBudget.release(1)
            #expect(try await registry.embed(image).tokenCounts.count == 1)
        }
    }
}
