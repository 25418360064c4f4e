// SPDX-License-Identifier: Apache-2.0

package import EmbedEngine
import Glibc
package import Logging
import ServiceLifecycle
import Synchronization

/// The models of a server: loads them, keeps their queues running, and answers requests with them.
///
/// Runs as a service: a model that can't be loaded at the start ends it with a ``ModelRegistryError``; on graceful
/// shutdown it takes nothing new, finishes what waits and returns.
package final class ModelRegistry: EmbeddingService, Service {
    /// Where a model comes from and what it is called.
    package struct Source: Sendable {
        /// The canonical id.
        package var id: String
        /// Other names that requests may use.
        package var aliases: [String]
        /// Whether the server is ready only once this model is; others are loaded by the first request for them.
        package var loadsAtStart: Bool
        /// Brings what ``load`` reads to this machine; other models load meanwhile.
        package var prepare: @Sendable () async throws -> Void
        /// Loads the model; may block.
        package var load: @Sendable () throws -> EmbeddingModel

        package init(
            id: String, aliases: [String], loadsAtStart: Bool = true,
            prepare: @escaping @Sendable () async throws -> Void = {},
            load: @escaping @Sendable () throws -> EmbeddingModel
        ) {
            self.id = id
            self.aliases = aliases
            self.loadsAtStart = loadsAtStart
            self.prepare = prepare
            self.load = load
        }

        fileprivate func isCalled(_ name: String) -> Bool { id == name || aliases.contains(name) }
    }

    /// Finds a model by a name that no source has.
    ///
    /// Called on the way of a request: it may look into directories, but must not load.
    package typealias Catalog = @Sendable (_ name: String) -> CatalogEntry

    package enum CatalogEntry: Sendable {
        case found(Source)
        case unknown
        /// There is a list of models that may be served, and this is not one of them.
        case unlisted
    }

    /// What applies to every request unless it says otherwise.
    package struct Settings: Sendable {
        package var limits = ServingLimits()
        package var matryoshka = MatryoshkaPolicy.normalized
        /// Most models in memory at once; one more unloads the one not used for the longest time.
        package var maxLoadedModels: Int?
        /// Called after a model has left memory.
        package var afterUnload: @Sendable () -> Void = {}
        /// Called once the models that load at the start have loaded.
        package var afterStart: @Sendable () -> Void = {}

        package init() {}
    }

    struct Loaded {
        let id: String
        let model: EmbeddingModel
        let batcher: Batcher
        let observer: any ModelObserver
    }

    private typealias Waiter = CheckedContinuation<ServiceError?, Never>

    private struct State {
        var table: ModelTable<Source, Loaded, Waiter>
        /// Models that are still to be loaded before the server is ready.
        var missingAtStart: Int
        var isDraining = false
    }

    /// Embedded once after loading: proves that the model computes, and readies what is made on first use.
    private static let firstInput = EmbeddingInput.text("ready")

    let settings: Settings
    private let catalog: Catalog
    private let observer: any ServingObserver
    /// Computes.
    private let runner: ModelRunner
    /// Reads models, one at a time, while others compute; only the packing of weights takes turns with them.
    private let loader = ModelRunner(label: "embedder.load")
    private let logger: Logger
    private let state: Mutex<State>
    /// Queues that ``run()`` has to start.
    private let batchers = AsyncStream.makeStream(of: Batcher.self)

    package init(
        sources: [Source], catalog: @escaping Catalog = { _ in .unknown }, settings: Settings,
        observer: any ServingObserver = NoObserver(), runner: ModelRunner, logger: Logger
    ) {
        self.settings = settings
        self.catalog = catalog
        self.observer = observer
        self.runner = runner
        self.logger = logger
        var table = ModelTable<Source, Loaded, Waiter>(maxLoaded: max(1, settings.maxLoadedModels ?? .max))
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
                group.addTask { await self.runBatchers() }
                for source in atStart {
                    group.addTask { try await self.loadAtStart(source) }
                }
            }
        } onGracefulShutdown: {
            self.drain()
        }
    }

    private func runBatchers() async {
        await withDiscardingTaskGroup { group in
            for await batcher in batchers.stream {
                group.addTask { await batcher.run() }
            }
        }
    }

    private func loadAtStart(_ source: Source) async throws {
        do {
            _ = try await acquire(source.id)
        } catch {
            if case .modelFailed(_, let reason) = error { throw ModelRegistryError(model: source.id, reason: reason) }
            // Told to stop meanwhile.
            return
        }
        let isLast = state.withLock { state in
            state.missingAtStart -= 1
            return state.missingAtStart == 0
        }
        if isLast { settings.afterStart() }
    }

    /// Takes nothing new from now on; what waits is still answered.
    private func drain() {
        let loaded = state.withLock { state in
            state.isDraining = true
            return state.table.entries.compactMap(\.loaded)
        }
        batchers.continuation.finish()
        Task {
            for model in loaded { await model.batcher.drain() }
        }
    }

    // MARK: EmbeddingService

    package var models: [ModelStatus] {
        state.withLock { state in state.table.entries.map(Self.status) }
    }

    package var isReady: Bool { state.withLock { !$0.isDraining && $0.missingAtStart == 0 } }

    package var isDraining: Bool { state.withLock(\.isDraining) }

    package func load(_ name: String) async throws -> ModelStatus {
        let loaded = try await acquire(name)
        return models.first { $0.id == loaded.id }
            ?? ModelStatus(id: loaded.id, aliases: [], phase: .ready, created: Self.secondsSince1970())
    }

    package func unload(_ name: String?) async throws {
        let unloaded = try state.withLock { state throws(ServiceError) in
            let places = state.table.entries.indices.filter { place in
                name.map(state.table.entries[place].source.isCalled) ?? true
            }
            guard !places.isEmpty || name == nil else {
                throw ServiceError.unknownModel(name ?? "", known: state.table.entries.map(\.source.id))
            }
            return places.compactMap { state.table.unload($0) }
        }
        await leave(unloaded)
    }

    // MARK: Loading

    /// The model called `name`, or the first one, in memory.
    func acquire(_ name: String?) async throws(ServiceError) -> Loaded {
        while true {
            let index = try find(name)
            let (claim, source) = try state.withLock { state throws(ServiceError) in
                guard !state.isDraining else { throw .shuttingDown }
                return (state.table.claim(index), state.table.entries[index].source)
            }
            switch claim {
            case .use(let loaded): return loaded
            case .load(let evicted):
                await leave(evicted)
                return try await load(source, at: index)
            case .wait(let place):
                let failure = await withCheckedContinuation { waiter in
                    let mustWait = state.withLock { $0.table.wait(waiter, for: place) }
                    if !mustWait { waiter.resume(returning: nil) }
                }
                // Another model's failure only means that there is room now.
                if let failure, place == index { throw failure }
            }
        }
    }

    /// The place of the model called `name`, or of the first one.
    private func find(_ name: String?) throws(ServiceError) -> Int {
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

    /// Loads the model at `index` of the table and starts its queue.
    private func load(_ source: Source, at index: Int) async throws(ServiceError) -> Loaded {
        let clock = ContinuousClock()
        let start = clock.now
        let observer = observer.observer(ofModel: source.id)
        let model: EmbeddingModel
        do {
            try await source.prepare()
            let loaded = try await loader.run { try source.load() }
            model = try await runner.run {
                _ = try loaded.embed([loaded.prepare(Self.firstInput)])
                return loaded
            }
        } catch {
            let failure = ServiceError.modelFailed(source.id, reason: String(describing: error))
            observer.didFailToLoad()
            logger.error(
                "a model can't be loaded", metadata: ["model": "\(source.id)", "reason": "\(error)"])
            finishLoading(index, with: nil, failure)
            throw failure
        }
        let description = model.description
        let batcher = Batcher(
            dimension: description.fullDimension, limits: settings.limits, observer: observer, logger: logger
        ) { [runner] inputs in
            try await runner.run { try model.embed(inputs) }
        }
        let loaded = Loaded(id: source.id, model: model, batcher: batcher, observer: observer)
        let isDraining = finishLoading(index, with: loaded, nil)
        batchers.continuation.yield(batcher)
        let duration = clock.now - start
        observer.didLoad(weightByteCount: description.weightByteCount, in: duration)
        logger.info(
            "model loaded",
            metadata: [
                "model": "\(source.id)", "milliseconds": "\(duration / .milliseconds(1))",
                "dimension": "\(description.dimension)", "max_tokens": "\(description.maxInputTokens)",
                "dtype": "\(description.weightType)", "arithmetic": "\(description.arithmetic)",
            ])
        if isDraining { throw .shuttingDown }
        return loaded
    }

    /// Puts what became of loading into the table and wakes those who wait for it.
    ///
    /// - Returns: Whether the registry drains.
    @discardableResult
    private func finishLoading(_ index: Int, with loaded: Loaded?, _ failure: ServiceError?) -> Bool {
        let (waiters, isDraining) = state.withLock { state in
            let waiters = state.table.finishLoading(index, with: loaded, at: Self.secondsSince1970())
            return (waiters, state.isDraining)
        }
        for waiter in waiters { waiter.resume(returning: failure) }
        return isDraining
    }

    /// Lets models that are not in the table any more finish what they have begun.
    private func leave(_ unloaded: [Loaded]) async {
        for model in unloaded {
            // A queue that the end of the server stopped from starting would never be done.
            if isDraining { await model.batcher.drain() } else { await model.batcher.finish() }
            model.observer.didUnload()
            logger.info("model unloaded", metadata: ["model": "\(model.id)"])
        }
        if !unloaded.isEmpty { settings.afterUnload() }
    }

    private static func status(_ entry: ModelTable<Source, Loaded, Waiter>.Entry) -> ModelStatus {
        let phase: ModelStatus.Phase =
            switch entry.phase {
            case .unloaded: .unloaded
            case .loading: .loading
            case .loaded: .ready
            }
        return ModelStatus(
            id: entry.source.id, aliases: entry.source.aliases, phase: phase, created: entry.created,
            lastUse: entry.lastUse, description: entry.loaded?.model.description)
    }

    private static func secondsSince1970() -> Int { time(nil) }
}

/// A model could not be loaded at the start.
package struct ModelRegistryError: Error, Sendable, CustomStringConvertible {
    package var model: String
    /// Names file, key, found and supported.
    package var reason: String

    package var description: String { "can't load \(model): \(reason)" }
}
