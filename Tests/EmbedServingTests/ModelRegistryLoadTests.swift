// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedEngine
import EmbedModelFiles
import EmbedServing
import EmbedTestSupport
import Synchronization
import Testing

/// Loads that take long, fail or don't fit, and models that leave by themselves.
@Suite(.timeLimit(.minutes(1))) struct ModelRegistryLoadTests {
    private let clock = TestClock()
    private let downloads = Downloads()

    @Test func unloadsModelsThatNobodyHasUsedForAWhile() async throws {
        var settings = settings()
        settings.models.keepAlive = .lasting(.seconds(300))
        try await with(settings) { (registry) async throws -> Void in
            try await ask(registry, "here")
            await clock.advance(by: .seconds(299))
            #expect(registry.models[0].phase == .ready)
            try await ask(registry, "here")
            await clock.advance(by: .seconds(299))
            #expect(registry.models[0].phase == .ready)
            await clock.advance(by: .seconds(1))
            await until { registry.models[0].phase == .unloaded }
            try await ask(registry, "here")
        }
    }

    @Test(arguments: [KeepAlive.lasting(.zero), .lasting(.seconds(60)), .forever])
    func keepsAModelAsLongAsTheRequestSays(keepAlive: KeepAlive) async throws {
        try await with(settings()) { (registry) async throws -> Void in
            try await ask(registry, "here", keepAlive: keepAlive)
            if keepAlive != .lasting(.zero) {
                #expect(registry.models[0].phase == .ready)
                await clock.advance(by: .seconds(60))
            }
            if keepAlive == .forever {
                #expect(registry.models[0].phase == .ready)
            } else {
                await until { registry.models[0].phase == .unloaded }
            }
        }
    }

    @Test func sendsRequestsAwayThatWouldWaitTooLong() async throws {
        var settings = settings()
        settings.longestWait = .lasting(.seconds(5))
        try await with(settings) { (registry) async throws -> Void in
            downloads.hold()
            let waiting = Task { try await ask(registry, "away") }
            await until { downloads.begun == 1 }
            await clock.advance(by: .seconds(5))
            let late = ServiceError.modelLoading("away", retryAfter: .seconds(1))
            await #expect(throws: late) { try await waiting.value }
            downloads.letGo()
            await until { registry.models[1].phase == .ready }
            try await ask(registry, "away")
            #expect(downloads.begun == 1)
        }
    }

    @Test func answersAtOnceThatAModelIsLoadingIfNobodyIsToWait() async throws {
        var settings = settings()
        settings.longestWait = .lasting(.zero)
        try await with(settings) { (registry) async throws -> Void in
            for _ in 0..<2 {
                do {
                    try await ask(registry, "away")
                } catch ServiceError.modelLoading(let id, _) {
                    #expect(id == "away")
                }
                await until { registry.models[1].phase == .ready }
            }
            try await ask(registry, "away")
            // Who asks for just this waits.
            try await registry.unload("away")
            #expect(try await registry.load("away", keepAlive: nil).phase == .ready)
        }
    }

    @Test func evictsNobodyForADownloadThatFailsAndTriesItOnlyNowAndThen() async throws {
        var settings = settings()
        settings.models.models = 1
        try await with(settings) { (registry) async throws -> Void in
            try await ask(registry, "here")
            downloads.fail(true)
            let failure = ServiceError.modelFailed("away", reason: "no network")
            for _ in 0..<20 {
                await #expect(throws: failure) { try await ask(registry, "away") }
            }
            #expect(downloads.begun == 1)
            #expect(registry.models.prefix(2).map(\.phase) == [.ready, .unloaded])
            await clock.advance(by: .seconds(1))
            await #expect(throws: failure) { try await ask(registry, "away") }
            #expect(downloads.begun == 2)
            downloads.fail(false)
            _ = try await registry.load("away", keepAlive: nil)
            #expect(registry.models.prefix(2).map(\.phase) == [.unloaded, .ready])
        }
    }

    @Test func answersWithAModelWhileAnotherIsDownloadedForItsPlace() async throws {
        var settings = settings()
        settings.models.models = 1
        try await with(settings) { (registry) async throws -> Void in
            downloads.hold()
            let waiting = Task { try await ask(registry, "away") }
            await until { downloads.begun == 1 }
            for _ in 0..<3 { try await ask(registry, "here") }
            #expect(registry.models.prefix(2).map(\.phase) == [.ready, .loading])
            downloads.letGo()
            try await waiting.value
            await until { registry.models.prefix(2).map(\.phase) == [.unloaded, .ready] }
        }
    }

    @Test func refusesAModelThatIsLargerThanAllTogetherMayBe() async throws {
        var settings = settings()
        settings.models.byteCount = 1_000_000
        try await with(settings) { (registry) async throws -> Void in
            try await ask(registry, "here")
            let tooLarge = ServiceError.modelTooLarge("large", byteCount: 1_000_001, limit: 1_000_000)
            await #expect(throws: tooLarge) { try await ask(registry, "large") }
            #expect(registry.models[0].phase == .ready)
        }
    }

    @Test func leavesOutAtTheStartWhatHasNoRoom() async throws {
        var settings = settings()
        settings.models.models = 1
        let registry = try registry(settings, loadsAllAtStart: true)
        try await registry.whileRunning { (registry) async throws -> Void in
            #expect(registry.models.count { $0.phase == .ready } == 1)
            for name in ["here", "away"] { try await ask(registry, name) }
        }
    }

    @Test func stopsWithoutWaitingForADownload() async throws {
        let registry = try registry(settings())
        try await registry.whileRunning { (registry) async throws -> Void in
            downloads.hold()
            let waiting = Task { try await ask(registry, "away") }
            await until { downloads.begun == 1 }
            Task {
                await until { registry.isDraining }
                // Not let go: the download ends with the registry.
                await #expect(throws: ServiceError.shuttingDown) { try await waiting.value }
            }
        }
    }

    // MARK: Registry

    private func settings() -> ModelRegistry.Settings {
        var settings = ModelRegistry.Settings()
        settings.clock = clock.clock
        return settings
    }

    private func registry(
        _ settings: ModelRegistry.Settings, loadsAllAtStart: Bool = false
    ) throws -> ModelRegistry {
        let device = try CPUDevice(threads: 1)
        let sources = ["here", "away", "large"].map { name in
            ModelRegistry.Source(
                id: name, aliases: [], loadsAtStart: name == "here" || loadsAllAtStart,
                prepare: { [downloads] in if name == "away" { try await downloads.download() } },
                measure: {
                    var memory = ModelMemory()
                    memory.bufferByteCount = name == "large" ? 1_000_001 : 1
                    return memory
                }
            ) {
                let path = Fixtures.path("Models/static-embedding")
                return try EmbeddingModel.load(from: ModelDirectory(path: path), on: device)
            }
        }
        return ModelRegistry(
            sources: sources, settings: settings, runner: ModelRunner(label: "test"), logger: silentLogger)
    }

    private func with(
        _ settings: ModelRegistry.Settings, _ body: (ModelRegistry) async throws -> Void
    ) async throws {
        try await registry(settings).whileRunning(body)
    }
}

private func ask(_ registry: ModelRegistry, _ model: String, keepAlive: KeepAlive? = nil) async throws {
    var request = EmbeddingRequest(model: model, inputs: [.text("a")])
    request.keepAlive = keepAlive
    _ = try await registry.embed(request)
}

/// Lets others run until `condition` holds; the suite's time limit ends what never comes.
private func until(_ condition: () -> Bool) async {
    while !condition(), !Task.isCancelled { await Task.yield() }
}

/// Time that stands still unless it is advanced.
private final class TestClock: Sendable {
    private struct State {
        var now = Duration.zero
        var sleepers: [Int: (time: Duration, continuation: CheckedContinuation<Void, Never>)] = [:]
        var count = 0
    }

    private let state = Mutex(State())

    var clock: RegistryClock {
        RegistryClock(now: { self.state.withLock(\.now) }, sleep: { try await self.sleep(until: $0) })
    }

    func advance(by duration: Duration) async {
        let woken = state.withLock { state in
            state.now += duration
            let now = state.now
            let woken = state.sleepers.filter { $0.value.time <= now }
            for key in woken.keys { state.sleepers[key] = nil }
            return woken.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
        // What they do then is waited for by those who look; here they only get a turn.
        for _ in 0..<10 { await Task.yield() }
    }

    private func sleep(until time: Duration) async throws {
        let key = state.withLock { state in
            state.count += 1
            return state.count
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard time > state.now else { return true }
                    state.sleepers[key] = (time, continuation)
                    return false
                }
                if isOver { continuation.resume() }
                if Task.isCancelled { wake(key) }
            }
        } onCancel: {
            wake(key)
        }
        try Task.checkCancellation()
    }

    private func wake(_ key: Int) {
        state.withLock { $0.sleepers.removeValue(forKey: key) }?.continuation.resume()
    }
}

/// Downloads that last as long as a test wants.
private final class Downloads: Sendable {
    private let state = Mutex<(begun: Int, isHeld: Bool, fails: Bool)>((0, false, false))

    var begun: Int { state.withLock(\.begun) }

    func hold() { state.withLock { $0.isHeld = true } }
    func letGo() { state.withLock { $0.isHeld = false } }
    func fail(_ fails: Bool) { state.withLock { $0.fails = fails } }

    func download() async throws {
        state.withLock { $0.begun += 1 }
        while state.withLock(\.isHeld) {
            try Task.checkCancellation()
            await Task.yield()
        }
        if state.withLock(\.fails) { throw DownloadError() }
    }

    private struct DownloadError: Error, CustomStringConvertible {
        var description: String { "no network" }
    }
}
