// SPDX-License-Identifier: Apache-2.0

package import EmbedEngine
import Glibc
package import Logging
import ServiceLifecycle
import Synchronization

/// The models of a server: loads them, keeps their queues running, and answers requests with them.
///
/// Runs as a service: a model that can't be loaded ends it with a ``ModelRegistryError``; on graceful shutdown it takes
/// nothing new, finishes what waits and returns.
package final class ModelRegistry: EmbeddingService, Service {
    /// Where a model comes from and what it is called.
    package struct Source: Sendable {
        /// The canonical id.
        package var id: String
        /// Other names that requests may use.
        package var aliases: [String]
        /// Loads the model; runs on the ``ModelRunner``.
        package var load: @Sendable () throws -> EmbeddingModel

        package init(id: String, aliases: [String], load: @escaping @Sendable () throws -> EmbeddingModel) {
            self.id = id
            self.aliases = aliases
            self.load = load
        }
    }

    /// What applies to every request unless it says otherwise.
    package struct Settings: Sendable, Equatable {
        package var limits = ServingLimits()
        package var truncation = TruncationPolicy.cut
        package var matryoshka = MatryoshkaPolicy.normalized

        package init() {}
    }

    private struct Loaded {
        let model: EmbeddingModel
        let batcher: Batcher
    }

    private struct Entry {
        let source: Source
        var loaded: Loaded?
        var created: Int
    }

    private struct State {
        var entries: [Entry]
        var isDraining = false
    }

    /// Embedded once after loading: proves that the model computes, and readies what is made on first use.
    private static let firstInput = EmbeddingInput.text("ready")

    private let settings: Settings
    private let runner: ModelRunner
    private let logger: Logger
    private let state: Mutex<State>

    package init(sources: [Source], settings: Settings, runner: ModelRunner, logger: Logger) {
        self.settings = settings
        self.runner = runner
        self.logger = logger
        let now = Self.secondsSince1970()
        state = Mutex(State(entries: sources.map { Entry(source: $0, loaded: nil, created: now) }))
    }

    // MARK: Lifecycle

    package func run() async throws {
        let sources = state.withLock { $0.entries.map(\.source) }
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                for (index, source) in sources.enumerated() {
                    group.addTask { try await self.serve(source, at: index) }
                }
            }
        } onGracefulShutdown: {
            self.drain()
        }
    }

    /// Takes nothing new from now on; what waits is still answered.
    private func drain() {
        let batchers = state.withLock { state in
            state.isDraining = true
            return state.entries.compactMap(\.loaded?.batcher)
        }
        Task {
            for batcher in batchers { await batcher.drain() }
        }
    }

    /// Loads one model, then runs its queue until it has drained.
    private func serve(_ source: Source, at index: Int) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let model: EmbeddingModel
        do {
            model = try await runner.run {
                let model = try source.load()
                _ = try model.embed([model.prepare(Self.firstInput, truncation: .cut)])
                return model
            }
        } catch {
            throw ModelRegistryError(model: source.id, reason: String(describing: error))
        }
        let batcher = Batcher(
            dimension: model.description.dimension, limits: settings.limits, logger: logger
        ) { [runner] inputs in
            try await runner.run { try model.embed(inputs) }
        }
        let isDraining = state.withLock { state in
            state.entries[index].loaded = Loaded(model: model, batcher: batcher)
            state.entries[index].created = Self.secondsSince1970()
            return state.isDraining
        }
        logger.info(
            "model loaded",
            metadata: [
                "model": "\(source.id)", "milliseconds": "\((clock.now - start) / .milliseconds(1))",
                "dimension": "\(model.description.dimension)", "max_tokens": "\(model.description.maxInputTokens)",
                "dtype": "\(model.description.weightType)", "arithmetic": "\(model.description.arithmetic)",
            ])
        if isDraining { await batcher.drain() }
        await batcher.run()
    }

    // MARK: EmbeddingService

    package var models: [ModelStatus] {
        state.withLock { state in
            state.entries.map { entry in
                ModelStatus(
                    id: entry.source.id, aliases: entry.source.aliases, phase: entry.loaded == nil ? .loading : .ready,
                    created: entry.created, description: entry.loaded?.model.description)
            }
        }
    }

    package var isReady: Bool {
        state.withLock { state in !state.isDraining && state.entries.allSatisfy { $0.loaded != nil } }
    }

    package var isDraining: Bool { state.withLock(\.isDraining) }

    package func embed(_ request: EmbeddingRequest) async throws -> EmbeddingResponse {
        let (id, loaded) = try find(request.model)
        try check(request, dimension: loaded.model.description.dimension)
        let inputs = try await prepare(request, loaded.model)
        let values = try await loaded.batcher.vectors(of: inputs)
        let full = loaded.model.description.dimension
        let dimension = request.dimensions ?? full
        return EmbeddingResponse(
            model: id,
            values: Matryoshka.cut(
                values, from: full, to: dimension,
                normalizes: settings.matryoshka == .normalized && loaded.model.description.isNormalized),
            dimension: dimension, tokenCounts: inputs.map(\.tokenIDs.count),
            truncatedInputs: inputs.count { $0.isTruncated })
    }

    /// The model called `name`, or the first one.
    private func find(_ name: String?) throws(ServiceError) -> (id: String, Loaded) {
        let (entry, known, isDraining) = state.withLock { state in
            let entry = name.map { name in
                state.entries.first { $0.source.id == name } ?? state.entries.first { $0.source.aliases.contains(name) }
            }
            return (
                entry ?? (name == nil ? state.entries.first : nil), state.entries.map(\.source.id), state.isDraining
            )
        }
        guard !isDraining else { throw .shuttingDown }
        guard let entry else { throw .unknownModel(name ?? "", known: known) }
        guard let loaded = entry.loaded else { throw .modelLoading(entry.source.id) }
        return (entry.source.id, loaded)
    }

    private func check(_ request: EmbeddingRequest, dimension: Int) throws(ServiceError) {
        let limits = settings.limits
        guard !request.inputs.isEmpty else { throw .invalid(.noInputs) }
        guard request.inputs.count <= limits.maxInputsPerRequest else {
            throw .invalid(.tooManyInputs(count: request.inputs.count, limit: limits.maxInputsPerRequest))
        }
        if let wanted = request.dimensions, wanted < 1 || wanted > dimension {
            throw .invalid(.dimensions(found: wanted, modelDimension: dimension))
        }
    }

    /// Tokenizes all inputs of a request, giving way to other requests now and then.
    private func prepare(_ request: EmbeddingRequest, _ model: EmbeddingModel) async throws -> [TokenizedInput] {
        let truncation = request.truncation ?? settings.truncation
        var prepared: [TokenizedInput] = []
        prepared.reserveCapacity(request.inputs.count)
        var tokens = 0
        for (index, input) in request.inputs.enumerated() {
            let tokenized: TokenizedInput
            do throws(InputError) {
                tokenized = try model.prepare(input, truncation: truncation)
            } catch {
                throw ServiceError.invalid(.input(index: index, error))
            }
            tokens += tokenized.tokenIDs.count
            guard tokens <= settings.limits.maxTokensPerRequest else {
                throw ServiceError.invalid(.tooManyTokens(limit: settings.limits.maxTokensPerRequest))
            }
            prepared.append(tokenized)
            // About every millisecond of work.
            if index % 32 == 31 {
                guard !Task.isCancelled else { throw ServiceError.cancelled }
                await Task.yield()
            }
        }
        return prepared
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
