// SPDX-License-Identifier: Apache-2.0

/// Which models are in memory, and what a request for one has to do.
///
/// Pure: no task, no lock; ``ModelRegistry`` performs what it returns. Models are known by their place in the table; none
/// is ever removed.
struct ModelTable<Source, Loaded, Waiter> {
    enum Phase {
        case unloaded
        /// With those who wait for it.
        case loading([Waiter])
        case loaded(Loaded)
    }

    struct Entry {
        let source: Source
        fileprivate(set) var phase = Phase.unloaded
        var created: Int
        /// Grows with every use.
        fileprivate(set) var lastUse = 0
    }

    /// What a request for a model has to do.
    enum Claim {
        case use(Loaded)
        /// Load it, after these are out of memory.
        case load(evicting: [Loaded])
        /// Wait for the model at this place, which is being loaded, and claim again.
        case wait(Int)
    }

    private(set) var entries: [Entry] = []
    private let maxLoaded: Int
    private var uses = 0

    /// - Parameter maxLoaded: Most models in memory at once, at least 1.
    init(maxLoaded: Int) {
        self.maxLoaded = maxLoaded
    }

    mutating func add(_ source: Source, created: Int) {
        entries.append(Entry(source: source, created: created))
    }

    /// Decides what a request for the model at `index` has to do; counts as a use of it.
    mutating func claim(_ index: Int) -> Claim {
        uses += 1
        entries[index].lastUse = uses
        switch entries[index].phase {
        case .loaded(let loaded): return .use(loaded)
        case .loading: return .wait(index)
        case .unloaded: break
        }
        let inMemory = entries.indices.filter { entries[$0].isInMemory }
        let excess = inMemory.count + 1 - maxLoaded
        guard excess > 0 else { return begin(index, evicting: []) }
        let oldestFirst = inMemory.filter { entries[$0].loaded != nil }
            .sorted { entries[$0].lastUse < entries[$1].lastUse }
        // What is being loaded can't be evicted: someone waits for it.
        guard oldestFirst.count >= excess else { return .wait(inMemory[0]) }
        return begin(index, evicting: oldestFirst.prefix(excess).compactMap { unload($0) })
    }

    private mutating func begin(_ index: Int, evicting evicted: [Loaded]) -> Claim {
        entries[index].phase = .loading([])
        return .load(evicting: evicted)
    }

    /// Has `waiter` wait for the model at `index`.
    ///
    /// - Returns: Whether it must; else the model is not being loaded any more.
    mutating func wait(_ waiter: Waiter, for index: Int) -> Bool {
        guard case .loading(let waiters) = entries[index].phase else { return false }
        entries[index].phase = .loading(waiters + [waiter])
        return true
    }

    /// The model at `index` has been loaded, or could not be when `loaded` is `nil`.
    ///
    /// - Returns: Those who waited.
    mutating func finishLoading(_ index: Int, with loaded: Loaded?, at time: Int) -> [Waiter] {
        guard case .loading(let waiters) = entries[index].phase else { return [] }
        if let loaded {
            entries[index].phase = .loaded(loaded)
            entries[index].created = time
        } else {
            entries[index].phase = .unloaded
        }
        return waiters
    }

    /// Takes the model at `index` out of memory; `nil` when it isn't loaded.
    mutating func unload(_ index: Int) -> Loaded? {
        guard let loaded = entries[index].loaded else { return nil }
        entries[index].phase = .unloaded
        return loaded
    }
}

extension ModelTable.Entry {
    var loaded: Loaded? {
        if case .loaded(let loaded) = phase { loaded } else { nil }
    }

    fileprivate var isInMemory: Bool {
        if case .unloaded = phase { false } else { true }
    }
}
