// SPDX-License-Identifier: Apache-2.0

/// Which models are in memory, who uses them, and what has to be done next.
///
/// Pure: no clock, no task, no lock; ``ModelRegistry`` performs what it returns. Models are known by their place in the
/// table; none is ever removed. Times are since any moment that stays the same.
///
/// A model that requests use stays until they are done. One that has to make room for another takes no new requests:
/// these wait, and load it again when their turn comes. So a model always answers those who waited for it before it goes,
/// and everyone gets on however few fit.
struct ModelTable<Source, Loaded> {
    /// Someone who waits.
    typealias WaiterID = Int

    enum Phase {
        case unloaded
        /// Its files are brought and measured; takes no memory yet.
        case preparing
        /// Waits until there is room.
        case queued
        /// Its room is taken.
        case reading
        case loaded(Loaded)
        /// Takes no new requests, and goes once nobody uses it; `nil` while its memory returns.
        case leaving(Loaded?)
    }

    struct Entry {
        let source: Source
        fileprivate(set) var phase = Phase.unloaded
        var created: Int
        /// Grows with every use.
        fileprivate(set) var lastUse = 0
        /// Requests that use it now.
        fileprivate(set) var users = 0
        /// Those who want it, and those who wait until it is gone.
        fileprivate(set) var waiters: [WaiterID] = []
        fileprivate(set) var mourners: [WaiterID] = []
        /// Memory that it takes, or will take.
        fileprivate(set) var byteCount = 0
        /// Whether others may have to leave for it.
        fileprivate var mayEvict = false
        /// Someone was told that it will be here soon.
        fileprivate var isExpected = false
        /// When it leaves memory unless it is used; `nil` while it is used, and for models that stay.
        fileprivate var expiry: Duration?
        fileprivate var failure: Failure?
        /// How long the last load took.
        fileprivate(set) var loadDuration: Duration?

        /// The model, also while it leaves.
        var loaded: Loaded? {
            switch phase {
            case .loaded(let loaded): loaded
            case .leaving(let loaded): loaded
            case .unloaded, .preparing, .queued, .reading: nil
            }
        }
    }

    /// A load that failed.
    fileprivate struct Failure {
        var error: ServiceError
        /// Failures in a row.
        var count: Int
        /// Before this nobody tries again.
        var retry: Duration
    }

    /// How a model is wanted.
    struct Wish {
        /// When who waits gives up; `nil` never.
        var deadline: Duration?
        /// Whether others may have to leave for it.
        var mayEvict = true
        /// Tries again however short ago a load has failed.
        var insists = false
    }

    /// What has to be done, in this order.
    enum Action: Equatable {
        /// Bring the files of the model at this place; then ``prepared(_:byteCount:)`` or ``failed(_:_:at:)``.
        case prepare(Int)
        /// There is room for the model at this place: read it; then ``loaded(_:with:byteCount:took:time:at:)``
        /// or ``failed(_:_:at:)``.
        case read(Int)
        /// Run the queue of the model at this place.
        case serve(Int)
        /// The model at this place isn't wanted any more before it was read.
        case giveUp(Int)
        /// Nobody uses the model at this place: free it, then ``unloaded(_:)``.
        case unload(Int)
        case wake(WaiterID, Outcome)
    }

    /// What became of what someone waited for.
    enum Outcome: Equatable {
        /// The model is in memory and stays until ``release(_:keepAlive:at:)``.
        case ready
        case gone
        /// It took too long.
        case late
        /// Others would have had to leave for it.
        case noRoom
        case failed(ServiceError)
    }

    /// Failed loads are tried again after 1, 2, 4 … seconds, and at least every minute: requests for a broken model or one
    /// that can't be downloaded must not keep the disk or the Hub busy.
    static var firstRetry: Duration { .seconds(1) }
    static var longestRetry: Duration { .seconds(60) }
    /// A model stays so long for those who were told to come back.
    static var shortestStay: Duration { .seconds(30) }

    private(set) var entries: [Entry] = []
    private let limits: ModelLimits
    private var uses = 0
    /// Places of models that wait for room: who came first gets it first.
    private var queue: [Int] = []
    private var deadlines: [WaiterID: (place: Int, time: Duration)] = [:]

    init(_ limits: ModelLimits) {
        self.limits = limits
    }

    mutating func add(_ source: Source, created: Int) {
        entries.append(Entry(source: source, created: created))
    }

    // MARK: Requests

    /// Uses the model at `place` if it is in memory; it then stays until ``release(_:keepAlive:at:)``.
    mutating func use(_ place: Int) -> Bool {
        guard case .loaded = entries[place].phase else { return false }
        take(place, users: 1)
        return true
    }

    /// Wants the model at `place` for `waiter`, who is woken with it or with the reason why not.
    mutating func want(_ place: Int, _ wish: Wish, for waiter: WaiterID, at now: Duration) -> [Action] {
        if use(place) { return [.wake(waiter, .ready)] }
        var actions: [Action] = []
        if case .unloaded = entries[place].phase {
            if let failure = entries[place].failure, now < failure.retry, !wish.insists {
                return [.wake(waiter, .failed(failure.error))]
            }
            entries[place].phase = .preparing
            entries[place].mayEvict = false
            actions.append(.prepare(place))
        }
        entries[place].mayEvict = entries[place].mayEvict || wish.mayEvict
        if let deadline = wish.deadline, deadline <= now {
            entries[place].isExpected = true
            actions.append(.wake(waiter, .late))
        } else {
            entries[place].waiters.append(waiter)
            deadlines[waiter] = wish.deadline.map { (place, $0) }
        }
        return actions + settle()
    }

    /// Has `waiter` wait no more; whether it did.
    mutating func forget(_ waiter: WaiterID, of place: Int) -> Bool {
        guard let index = entries[place].waiters.firstIndex(of: waiter) else { return false }
        entries[place].waiters.remove(at: index)
        deadlines[waiter] = nil
        return true
    }

    /// A request is done with the model at `place`, which stays for `keepAlive` more unless it is used again.
    mutating func release(_ place: Int, keepAlive: KeepAlive?, at now: Duration) -> [Action] {
        entries[place].users -= 1
        guard case .loaded = entries[place].phase else { return entries[place].users == 0 ? [.unload(place)] : [] }
        rest(place, keepAlive, at: now)
        return leaveIfExpired(place, at: now)
    }

    // MARK: Loading

    /// The files of the model at `place` are here; it will take `byteCount` bytes.
    mutating func prepared(_ place: Int, byteCount: Int) -> [Action] {
        entries[place].byteCount = byteCount
        entries[place].phase = .queued
        queue.append(place)
        return settle()
    }

    /// The model at `place` is in memory, and takes `byteCount` bytes after all.
    mutating func loaded(
        _ place: Int, with loaded: Loaded, byteCount: Int, took duration: Duration, time: Int, at now: Duration
    ) -> [Action] {
        entries[place].phase = .loaded(loaded)
        entries[place].byteCount = byteCount
        entries[place].created = time
        entries[place].failure = nil
        entries[place].loadDuration = duration
        let waiters = takeWaiters(of: place)
        take(place, users: waiters.count)
        rest(place, nil, at: now)
        if entries[place].isExpected, let expiry = entries[place].expiry {
            entries[place].expiry = max(expiry, now + Self.shortestStay)
        }
        entries[place].isExpected = false
        return [.serve(place)] + waiters.map { .wake($0, .ready) } + leaveIfExpired(place, at: now) + settle()
    }

    /// The model at `place` can't be loaded.
    mutating func failed(_ place: Int, _ error: ServiceError, at now: Duration) -> [Action] {
        let count = (entries[place].failure?.count ?? 0) + 1
        let pause = min(Self.firstRetry * (1 << min(count - 1, 16)), Self.longestRetry)
        entries[place].failure = Failure(error: error, count: count, retry: now + pause)
        return endLoad(of: place, .failed(error)) + settle()
    }

    private mutating func endLoad(of place: Int, _ outcome: Outcome) -> [Action] {
        entries[place].phase = .unloaded
        entries[place].byteCount = 0
        entries[place].isExpected = false
        return takeWaiters(of: place).map { .wake($0, outcome) }
    }

    // MARK: Unloading

    /// Has the model at `place` leave memory once nobody uses it; `mourner` is woken when it is gone.
    mutating func unload(_ place: Int, for mourner: WaiterID) -> [Action] {
        switch entries[place].phase {
        case .loaded, .leaving:
            entries[place].mourners.append(mourner)
            return leave(place) + settle()
        case .unloaded, .preparing, .queued, .reading:
            return [.wake(mourner, .gone)]
        }
    }

    /// Lets go of the model at `place`; its room is free only after ``unloaded(_:)``.
    mutating func discard(_ place: Int) -> Loaded? {
        guard case .leaving(let loaded) = entries[place].phase else { return nil }
        entries[place].phase = .leaving(nil)
        return loaded
    }

    /// The memory of the model at `place` has returned.
    mutating func unloaded(_ place: Int) -> [Action] {
        entries[place].byteCount = 0
        entries[place].phase = .unloaded
        var actions = entries[place].mourners.map { Action.wake($0, .gone) }
        entries[place].mourners = []
        if !entries[place].waiters.isEmpty {
            entries[place].phase = .preparing
            // Who waits has seen it in memory, and would have used it.
            entries[place].mayEvict = true
            actions.append(.prepare(place))
        }
        return actions + settle()
    }

    // MARK: Time

    /// When ``tick(at:)`` has something to do.
    var nextDeadline: Duration? {
        let expiries = entries.lazy.compactMap(\.expiry).min()
        guard !deadlines.isEmpty, let deadline = deadlines.values.lazy.map(\.time).min() else { return expiries }
        return expiries.map { min($0, deadline) } ?? deadline
    }

    /// Ends the waits, and has the models leave, whose time has come.
    mutating func tick(at now: Duration) -> [Action] {
        var actions: [Action] = []
        for (waiter, deadline) in deadlines.sorted(by: { $0.key < $1.key }) where deadline.time <= now {
            guard forget(waiter, of: deadline.place) else { continue }
            entries[deadline.place].isExpected = true
            actions.append(.wake(waiter, .late))
        }
        for place in entries.indices { actions += leaveIfExpired(place, at: now) }
        return actions + settle()
    }

    /// Ends all waits; what is being loaded is let in, and nothing else.
    mutating func close() -> [Action] {
        var actions = queue.map { Action.giveUp($0) }
        queue = []
        for place in entries.indices {
            actions += takeWaiters(of: place).map { .wake($0, .failed(.shuttingDown)) }
            actions += entries[place].mourners.map { .wake($0, .gone) }
            entries[place].mourners = []
        }
        return actions
    }

    // MARK: Deciding

    private mutating func take(_ place: Int, users: Int) {
        uses += 1
        entries[place].lastUse = uses
        entries[place].users += users
        entries[place].expiry = nil
    }

    private mutating func takeWaiters(of place: Int) -> [WaiterID] {
        let waiters = entries[place].waiters
        entries[place].waiters = []
        for waiter in waiters { deadlines[waiter] = nil }
        return waiters
    }

    /// Sets when the model at `place` expires, unless it is used.
    private mutating func rest(_ place: Int, _ keepAlive: KeepAlive?, at now: Duration) {
        guard entries[place].users == 0 else { return }
        switch keepAlive ?? limits.keepAlive {
        case .forever: entries[place].expiry = nil
        case .lasting(let duration): entries[place].expiry = now + duration
        }
    }

    private mutating func leaveIfExpired(_ place: Int, at now: Duration) -> [Action] {
        guard let expiry = entries[place].expiry, expiry <= now else { return [] }
        return leave(place)
    }

    /// Closes the model at `place` for new requests.
    private mutating func leave(_ place: Int) -> [Action] {
        guard case .loaded(let loaded) = entries[place].phase else { return [] }
        entries[place].phase = .leaving(loaded)
        entries[place].expiry = nil
        return entries[place].users == 0 ? [.unload(place)] : []
    }

    /// Gives room to those who wait for it, as far as there is some, and has others leave where there is none.
    private mutating func settle() -> [Action] {
        var actions: [Action] = []
        while let place = queue.first {
            if entries[place].waiters.isEmpty, !entries[place].isExpected {
                // All who wanted it have gone; nobody should have to leave for it.
                actions += giveUp(place, .gone)
            } else if limits.allow(usage(withLeaving: true), and: entries[place].byteCount) {
                queue.removeFirst()
                entries[place].phase = .reading
                actions.append(.read(place))
            } else if entries[place].mayEvict {
                return actions + makeRoom(for: entries[place].byteCount)
            } else {
                actions += giveUp(place, .noRoom)
            }
        }
        // What was estimated too small may have taken more than there is.
        return actions + makeRoom(for: nil)
    }

    /// Takes the first of those that wait for room out of the queue.
    private mutating func giveUp(_ place: Int, _ outcome: Outcome) -> [Action] {
        queue.removeFirst()
        return [.giveUp(place)] + endLoad(of: place, outcome)
    }

    /// Has models leave until there will be room for one more of `byteCount` bytes, or for those there are.
    private mutating func makeRoom(for byteCount: Int?) -> [Action] {
        var actions: [Action] = []
        while !limits.allow(usage(withLeaving: false), and: byteCount), let victim = leastNeeded {
            actions += leave(victim)
        }
        return actions
    }

    /// The model in memory that nobody uses, or else the one in use, that was not wanted for longest.
    private var leastNeeded: Int? {
        let candidates = entries.indices.filter { place in
            if case .loaded = entries[place].phase { true } else { false }
        }
        return candidates.min { one, other in
            let (one, other) = (entries[one], entries[other])
            return (one.users > 0 ? 1 : 0, one.lastUse) < (other.users > 0 ? 1 : 0, other.lastUse)
        }
    }

    /// What is taken of the memory, or will be once those that leave are gone.
    private func usage(withLeaving: Bool) -> (models: Int, byteCount: Int) {
        entries.reduce(into: (0, 0)) { usage, entry in
            switch entry.phase {
            case .unloaded, .preparing, .queued: return
            case .leaving where !withLeaving: return
            case .reading, .loaded, .leaving:
                usage.models += 1
                usage.byteCount += entry.byteCount
            }
        }
    }
}
