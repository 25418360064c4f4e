// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import Glibc
package import Logging
import ServiceLifecycle
import Synchronization

/// The models of a server: loads them, keeps their queues running, and answers requests with them.
///
/// Runs as a service: a model that can't be loaded at the start ends it with a ``ModelRegistryError``; on graceful
/// shutdown it takes nothing new, finishes what waits and returns.
package final class ModelRegistry: EmbeddingService, Service {
    struct Loaded {
        let id: String
        let model: EmbeddingModel
        let batcher: Batcher
        let observer: any ModelObserver
    }

    private typealias Table = ModelTable<Source, Loaded>

    private struct State {
        var table: Table
        /// Those who wait for what the table decides.
        var waiting: [Table.WaiterID: CheckedContinuation<Table.Outcome, Never>] = [:]
        var lastWaiter = 0
        /// Loads that wait for room.
        var rooms: [Int: CheckedContinuation<Bool, Never>] = [:]
        /// Models that are still to be loaded before the server is ready.
        var missingAtStart: Int
        /// The ids of models that have been loaded and embed images.
        var imageModels: Set<String> = []
        /// When the table is to be told the time next.
        var alarm: Duration?
        /// Every request is still answered, but the server will stop soon.
        var isStopping = false
        var isDraining = false

        var isReady: Bool { !isStopping && !isDraining && missingAtStart == 0 }
    }

    /// What ``run()`` has to do.
    private enum Job {
        case load(place: Int)
        /// Run the queue of the model until it leaves memory.
        case serve(place: Int)
        case end(place: Int)
        case alarm(Duration)
    }

    let settings: Settings
    private let catalog: Catalog
    private let observer: any ServingObserver
    /// Computes.
    private let runner: ModelRunner
    /// Reads models, one at a time, while others compute; only the packing of weights takes turns with them.
    private let loader = ModelRunner(label: "embedder.load")
    /// Reads the images of requests.
    let imageReader: ImageReader
    /// For images between being read and being embedded: a file of some hundred bytes may become half a million.
    let imageBudget: ByteBudget
    private let logger: Logger
    private let state: Mutex<State>
    private let jobs = AsyncStream.makeStream(of: Job.self)

    package init(
        sources: [Source], catalog: @escaping Catalog = { _ in .unknown }, settings: Settings,
        observer: any ServingObserver = NoObserver(), runner: ModelRunner, logger: Logger
    ) {
        self.settings = settings
        self.catalog = catalog
        self.observer = observer
        self.runner = runner
        imageReader = ImageReader(
            maxPixels: settings.limits.maxPixelsInMemory, width: settings.limits.maxImagesInMemory,
            maxWaiting: settings.limits.maxWaitingRequests)
        imageBudget = ByteBudget(byteLimit: settings.limits.maxWaitingImageBytes)
        self.logger = logger
        var table = Table(settings.models)
        let now = Self.secondsSince1970()
        for source in sources { table.add(source, created: now) }
        state = Mutex(State(table: table, missingAtStart: sources.count(where: \.loadsAtStart)))
    }

    // MARK: Lifecycle

    package func run() async throws {
        let atStart = state.withLock { state in state.table.entries.map(\.source).filter(\.loadsAtStart) }
        if atStart.isEmpty { settings.afterStart() }
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { await self.runJobs() }
                for source in atStart {
                    group.addTask { try await self.loadAtStart(source) }
                }
            }
        } onGracefulShutdown: {
            self.drain()
        }
    }

    private func runJobs() async {
        await withDiscardingTaskGroup { group in
            for await job in jobs.stream {
                switch job {
                case .load(let place): group.addTask { await self.load(place) }
                case .serve(let place): group.addTask { await self.serve(place) }
                case .end(let place): group.addTask { await self.end(place) }
                case .alarm(let time): group.addTask { await self.wait(until: time) }
                }
            }
            // Downloads and alarms end; queues still answer what waits in them.
            group.cancelAll()
        }
    }

    private func wait(until time: Duration) async {
        do {
            try await settings.clock.sleep(time)
        } catch {
            return
        }
        decide { state in
            if let alarm = state.alarm, alarm <= time { state.alarm = nil }
            return state.table.tick(at: settings.clock.now())
        }
    }

    /// Models that would make others leave are left for the first request that names them.
    private func loadAtStart(_ source: Source) async throws {
        do {
            let place = try find(source.id)
            if try await enter(place, Table.Wish(mayEvict: false)) { leave(place) }
        } catch {
            guard let reason = Self.reason(error) else {
                // Told to stop meanwhile.
                return
            }
            throw ModelRegistryError(model: source.id, reason: reason)
        }
        let isLast = state.withLock { state in
            state.missingAtStart -= 1
            return state.missingAtStart == 0
        }
        if isLast { settings.afterStart() }
    }

    /// Is not ready from now on, so that balancers send their requests elsewhere; those that come are still answered.
    ///
    /// - Returns: Whether it was ready.
    package func announceStop() -> Bool {
        state.withLock { state in
            defer { state.isStopping = true }
            return state.isReady
        }
    }

    /// Takes nothing new from now on; what waits in a model's queue is still answered.
    private func drain() {
        let loaded = state.withLock { state in
            state.isDraining = true
            return state.table.entries.compactMap(\.loaded)
        }
        decide { $0.table.close() }
        jobs.continuation.finish()
        Task {
            for model in loaded { await model.batcher.drain() }
        }
    }

    // MARK: EmbeddingService

    package var models: [ModelStatus] {
        state.withLock { state in
            state.table.entries.map { Self.status($0, supportsImages: state.imageModels.contains($0.source.id)) }
        }
    }

    package var isReady: Bool { state.withLock(\.isReady) }

    package var isDraining: Bool { state.withLock(\.isDraining) }

    package func load(_ name: String, keepAlive: KeepAlive?) async throws -> ModelStatus {
        let place = try find(name)
        // Whoever asks for just this has perhaps mended what was wrong.
        _ = try await enter(place, Table.Wish(insists: true))
        defer { leave(place, keepAlive: keepAlive) }
        return models[place]
    }

    package func unload(_ name: String?) async throws {
        let places = try state.withLock { state throws(ServiceError) in
            let places = state.table.entries.indices.filter { place in
                name.map(state.table.entries[place].source.isCalled) ?? true
            }
            guard !places.isEmpty || name == nil else {
                throw ServiceError.unknownModel(name ?? "", known: state.table.entries.map(\.source.id))
            }
            return places
        }
        await withDiscardingTaskGroup { group in
            for place in places {
                group.addTask { await self.leaveMemory(place) }
            }
        }
    }

    /// Returns once the model at `place` has left memory, or the server stops.
    private func leaveMemory(_ place: Int) async {
        _ = await outcome { table, waiter in table.unload(place, for: waiter) }
    }

    // MARK: Use

    /// The place of the model called `name`, or of the first one.
    func find(_ name: String?) throws(ServiceError) -> Int {
        if let place = state.withLock({ Self.place(of: name, in: $0) }) { return place }
        let name = name ?? ""
        switch catalog(name) {
        case .unknown: throw .unknownModel(name, known: models.map(\.id))
        case .unlisted: throw .unlistedModel(name)
        case .found(let source):
            return state.withLock { state in
                // Another request may have been faster, or have found it under another name.
                if let place = Self.place(of: source.id, in: state) { return place }
                state.table.add(source, created: Self.secondsSince1970())
                return state.table.entries.count - 1
            }
        }
    }

    private static func place(of name: String?, in state: borrowing State) -> Int? {
        let entries = state.table.entries
        guard let name else { return entries.isEmpty ? nil : 0 }
        return entries.firstIndex { $0.source.id == name } ?? entries.firstIndex { $0.source.isCalled(name) }
    }

    /// Gives `body` the model called `name`, or the first one, loaded if need be; it stays in memory meanwhile.
    func use<Result>(
        _ name: String?, keepAlive: KeepAlive? = nil, _ body: (Loaded) async throws -> Result
    ) async throws -> Result {
        let place = try find(name)
        _ = try await enter(place, Table.Wish(deadline: deadline))
        // Only after `body` has let go of the model may it be freed.
        defer { leave(place, keepAlive: keepAlive) }
        guard let loaded = state.withLock({ $0.table.entries[place].loaded }) else { throw ServiceError.shuttingDown }
        return try await body(loaded)
    }

    /// When a request that comes now has waited long enough for its model.
    private var deadline: Duration? {
        switch settings.longestWait {
        case .forever: nil
        case .lasting(let duration): settings.clock.now() + duration
        }
    }

    /// Loads the model at `place` unless it is in memory, where it stays until ``leave(_:keepAlive:)``.
    ///
    /// - Returns: Whether it is there: not if others would have had to leave against the wish.
    private func enter(_ place: Int, _ wish: Table.Wish) async throws(ServiceError) -> Bool {
        let isThere = try state.withLock { state throws(ServiceError) in
            guard !state.isDraining else { throw .shuttingDown }
            return state.table.use(place)
        }
        if isThere { return true }
        let now = settings.clock.now()
        switch await outcome(place, { table, waiter in table.want(place, wish, for: waiter, at: now) }) {
        case .ready: return true
        case .noRoom, .gone: return false
        case .late:
            let (id, pause) = state.withLock { state in
                (state.table.entries[place].source.id, state.table.entries[place].loadDuration)
            }
            throw .modelLoading(id, retryAfter: pause ?? .seconds(1))
        case .failed(let error): throw error
        }
    }

    /// A request is done with the model at `place`.
    private func leave(_ place: Int, keepAlive: KeepAlive? = nil) {
        decide { $0.table.release(place, keepAlive: keepAlive, at: settings.clock.now()) }
    }

    /// Waits for what the table decides of a wish; cancelling the task ends the wait for a model at `place`.
    private func outcome(
        _ place: Int? = nil, _ wish: (inout Table, Table.WaiterID) -> [Table.Action]
    ) async -> Table.Outcome {
        let waiter = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                decide { state in
                    state.waiting[waiter] = continuation
                    guard !state.isDraining else { return [.wake(waiter, .failed(.shuttingDown))] }
                    return wish(&state.table, waiter)
                }
                // A cancellation that came before has found nobody.
                if Task.isCancelled, let place { cancel(waiter, place) }
            }
        } onCancel: {
            if let place { cancel(waiter, place) }
        }
    }

    private func cancel(_ waiter: Table.WaiterID, _ place: Int) {
        decide { state in
            state.table.forget(waiter, of: place) ? [.wake(waiter, .failed(.cancelled))] : []
        }
    }

    // MARK: Performing

    /// Has the table decide, and does what it says.
    private func decide(_ body: (inout State) -> [Table.Action]) {
        var woken: [(CheckedContinuation<Table.Outcome, Never>, Table.Outcome)] = []
        var admitted: [(CheckedContinuation<Bool, Never>, Bool)] = []
        var begun: [Job] = []
        state.withLock { state in
            for action in body(&state) {
                switch action {
                case .prepare(let place): begun.append(.load(place: place))
                case .serve(let place): begun.append(.serve(place: place))
                case .read(let place), .giveUp(let place):
                    guard let load = state.rooms.removeValue(forKey: place) else { continue }
                    admitted.append((load, action == .read(place)))
                case .unload(let place): begun.append(.end(place: place))
                case .wake(let waiter, let outcome):
                    guard let continuation = state.waiting.removeValue(forKey: waiter) else { continue }
                    woken.append((continuation, outcome))
                }
            }
            if let next = state.table.nextDeadline, state.alarm.map({ next < $0 }) ?? true {
                state.alarm = next
                begun.append(.alarm(next))
            }
        }
        for job in begun { jobs.continuation.yield(job) }
        for (load, isAdmitted) in admitted { load.resume(returning: isAdmitted) }
        for (continuation, outcome) in woken { continuation.resume(returning: outcome) }
    }

    // MARK: Loading

    /// Loads the model at `place`, once there is room, and has its queue run.
    private func load(_ place: Int) async {
        let source = state.withLock { $0.table.entries[place].source }
        let clock = ContinuousClock()
        let start = clock.now
        let observer = observer.observer(ofModel: source.id)
        do {
            try await source.prepare()
            var memory = ModelMemory()
            if settings.models.byteCount < .max {
                memory = try await loader.run { try source.measure() }
                try checkSize(memory, source)
            }
            guard await room(for: memory, place) else { return }
            let model = try await read(source)
            memory.weightByteCount = model.description.weightByteCount
            try checkSize(memory, source)
            observer.didLoad(weightByteCount: memory.weightByteCount, in: clock.now - start)
            add(model, source, memory, at: place, observer, took: clock.now - start)
        } catch {
            let failure = error as? ServiceError ?? .modelFailed(source.id, reason: String(describing: error))
            if !Task.isCancelled {
                observer.didFailToLoad()
                logger.error(
                    "a model can't be loaded",
                    metadata: ["model": "\(source.id)", "reason": "\(Self.reason(failure) ?? "")"])
            }
            decide { $0.table.failed(place, failure, at: settings.clock.now()) }
        }
    }

    /// Why a model can't be loaded; `nil` for other errors.
    private static func reason(_ error: ServiceError) -> String? {
        switch error {
        case .modelFailed(_, let reason): reason
        case .modelTooLarge(_, let byteCount, let limit):
            "it takes \(byteCount) bytes of memory, and all models together may have \(limit)"
        case .invalid, .unknownModel, .unlistedModel, .modelLoading, .overloaded, .shuttingDown, .cancelled,
            .deviceFailed:
            nil
        }
    }

    /// Refuses a model for which all others together would not make room enough.
    private func checkSize(_ memory: ModelMemory, _ source: Source) throws(ServiceError) {
        let limit = settings.models.byteCount
        guard memory.byteCount <= limit else {
            throw .modelTooLarge(source.id, byteCount: memory.byteCount, limit: limit)
        }
    }

    /// Waits until there is room for a model, others having left; `false` when it isn't wanted any more.
    private func room(for memory: ModelMemory, _ place: Int) async -> Bool {
        await withCheckedContinuation { continuation in
            decide { state in
                state.rooms[place] = continuation
                guard !state.isDraining else { return [.giveUp(place)] }
                return state.table.prepared(place, byteCount: memory.byteCount)
            }
        }
    }

    private func read(_ source: Source) async throws -> EmbeddingModel {
        let loaded = try await loader.run { try source.load() }
        return try await runner.run {
            try loaded.computeFirstVectors()
            return loaded
        }
    }

    /// Puts the model into the table, which hands it to those who wait, and starts its queue.
    private func add(
        _ model: EmbeddingModel, _ source: Source, _ memory: ModelMemory, at place: Int, _ observer: any ModelObserver,
        took duration: Duration
    ) {
        let description = model.description
        if description.supportsImages { _ = state.withLock { $0.imageModels.insert(source.id) } }
        let batcher = Batcher(
            dimension: description.fullDimension, limits: settings.limits, observer: observer, logger: logger
        ) { [runner] inputs in
            try await runner.run { try model.embed(inputs) }
        }
        let loaded = Loaded(id: source.id, model: model, batcher: batcher, observer: observer)
        logger.info(
            "model loaded",
            metadata: [
                "model": "\(source.id)", "milliseconds": "\(duration / .milliseconds(1))",
                "dimension": "\(description.dimension)", "max_tokens": "\(description.maxInputTokens)",
                "dtype": "\(description.weightType)", "arithmetic": "\(description.arithmetic)",
            ])
        decide { state in
            state.table.loaded(
                place, with: loaded, byteCount: memory.byteCount, took: duration, time: Self.secondsSince1970(),
                at: settings.clock.now())
        }
    }

    // MARK: Leaving

    /// Answers what comes for the model at `place` until it has left memory.
    private func serve(_ place: Int) async {
        await runQueue(place)
        do {
            // The device's thread lets go of its last work only when it turns to the next.
            try await runner.run {}
        } catch {
            // Nothing throws here.
        }
        guard let (id, observer) = discard(place) else { return }
        settings.afterUnload()
        observer.didUnload()
        logger.info("model unloaded", metadata: ["model": "\(id)"])
        decide { $0.table.unloaded(place) }
    }

    private func runQueue(_ place: Int) async {
        await state.withLock { $0.table.entries[place].loaded?.batcher }?.run()
    }

    /// Frees the model at `place`: nobody else holds it any more when this returns.
    private func discard(_ place: Int) -> (id: String, observer: any ModelObserver)? {
        let loaded = state.withLock { $0.table.discard(place) }
        return loaded.map { ($0.id, $0.observer) }
    }

    /// Ends the queue of the model at `place`; ``serve(_:)`` then frees it.
    private func end(_ place: Int) async {
        await state.withLock { $0.table.entries[place].loaded?.batcher }?.drain()
    }

    private static func status(_ entry: Table.Entry, supportsImages: Bool) -> ModelStatus {
        let phase: ModelStatus.Phase =
            switch entry.phase {
            case .unloaded, .leaving: .unloaded
            case .preparing, .queued, .reading: .loading
            case .loaded: .ready
            }
        return ModelStatus(
            id: entry.source.id, aliases: entry.source.aliases, phase: phase, created: entry.created,
            lastUse: entry.lastUse, description: phase == .ready ? entry.loaded?.model.description : nil,
            supportsImages: supportsImages)
    }

    private static func secondsSince1970() -> Int { time(nil) }
}
