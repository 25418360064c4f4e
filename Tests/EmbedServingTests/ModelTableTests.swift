// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import EmbedServing

@Suite struct ModelTableTests {
    private typealias Table = ModelTable<String, Int>
    private typealias Action = Table.Action

    private func table(
        _ count: Int, models: Int = .max, byteCount: Int = .max, keepAlive: KeepAlive = .forever
    ) -> Table {
        var limits = ModelLimits()
        limits.models = models
        limits.byteCount = byteCount
        limits.keepAlive = keepAlive
        var table = Table(limits)
        for name in 0..<count { table.add("\(name)", created: 1) }
        return table
    }

    /// Has waiter `waiter` want the model at `place`; loads it as number `place` if there is room.
    @discardableResult
    private func load(
        _ place: Int, for waiter: Int = 0, byteCount: Int = 1, at now: Duration = .zero, in table: inout Table
    ) -> [Action] {
        let actions = table.want(place, .init(), for: waiter, at: now) + table.prepared(place, byteCount: byteCount)
        guard actions.contains(.read(place)) else { return actions }
        return actions + finish(place, byteCount: byteCount, at: now, in: &table)
    }

    @discardableResult
    private func finish(
        _ place: Int, byteCount: Int = 1, at now: Duration = .zero, in table: inout Table
    ) -> [Action] {
        table.loaded(place, with: place, byteCount: byteCount, took: .seconds(2), time: 2, at: now)
    }

    private func release(_ place: Int, _ keepAlive: KeepAlive? = nil, at now: Duration = .zero, in table: inout Table)
        -> [Action]
    {
        table.release(place, keepAlive: keepAlive, at: now)
    }

    private func expect(
        _ actions: [Action], _ expected: [Action], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(actions == expected, sourceLocation: sourceLocation)
    }

    @Test func loadsOnceAndUsesFromThenOn() {
        var table = table(1)
        let actions = load(0, for: 7, in: &table)
        #expect(actions == [.prepare(0), .read(0), .serve(0), .wake(7, .ready)])
        let used = table.use(0)
        let wanted = table.want(0, .init(), for: 8, at: .zero)
        #expect(used)
        #expect(wanted == [.wake(8, .ready)])
        #expect(table.entries[0].users == 3)
        #expect(table.entries[0].loaded == 0)
        #expect(table.entries[0].created == 2)
    }

    @Test func handsTheModelToAllWhoWaited() {
        var table = table(1)
        let first = table.want(0, .init(), for: 1, at: .zero)
        let second = table.want(0, .init(), for: 2, at: .zero)
        _ = table.prepared(0, byteCount: 1)
        let woken = finish(0, in: &table)
        #expect(first == [.prepare(0)])
        #expect(second == [])
        #expect(woken == [.serve(0), .wake(1, .ready), .wake(2, .ready)])
        #expect(table.entries[0].users == 2)
    }

    // MARK: Room

    @Test func hasLeaveWhatWasNotUsedForLongest() {
        var table = table(3, models: 2)
        load(0, in: &table)
        load(1, in: &table)
        _ = table.use(0)
        _ = [0, 1, 0].map { release($0, in: &table) }
        let third = load(2, in: &table)
        #expect(third == [.prepare(2), .unload(1)])
        let discarded = table.discard(1)
        // Room only once the memory has returned.
        #expect(discarded == 1)
        expect(table.unloaded(1), [.read(2)])
    }

    @Test func evictsNobodyBeforeTheFilesAreHere() {
        var table = table(2, models: 1)
        load(0, in: &table)
        _ = release(0, in: &table)
        let wanted = table.want(1, .init(), for: 1, at: .zero)
        #expect(wanted == [.prepare(1)])
        let failed = table.failed(1, .modelFailed("1", reason: "no network"), at: .zero)
        #expect(failed == [.wake(1, .failed(.modelFailed("1", reason: "no network")))])
        let isUsed = table.use(0)
        #expect(isUsed)
    }

    @Test func letsRequestsFinishAndTakesNoNewOnesBeforeAModelLeaves() {
        var table = table(2, models: 1)
        load(0, for: 1, in: &table)
        let second = load(1, for: 2, in: &table)
        let used = table.use(0)
        let third = table.want(0, .init(), for: 3, at: .zero)
        let done = release(0, in: &table)
        _ = table.discard(0)
        let gone = table.unloaded(0)
        #expect(second == [.prepare(1)])
        #expect(!used)
        #expect(third == [])
        #expect(done == [.unload(0)])
        // Who came meanwhile loads it again, after the one it had to leave for.
        #expect(gone == [.prepare(0), .read(1)])
        let later = table.prepared(0, byteCount: 1)
        #expect(later == [])
        let ready = finish(1, in: &table)
        #expect(ready == [.serve(1), .wake(2, .ready)])
        expect(release(1, in: &table), [.unload(1)])
    }

    /// As many models as there are compete for one place: each gets its turn, in the order they asked.
    @Test func givesEveryModelItsTurn() {
        var table = table(4, models: 1)
        load(0, in: &table)
        for place in 1..<4 { load(place, for: place, in: &table) }
        var served: [Int] = []
        var holder = 0
        for _ in 1..<4 {
            expect(release(holder, in: &table), [.unload(holder)])
            _ = table.discard(holder)
            let actions = table.unloaded(holder)
            guard case .read(let next)? = actions.first else { break }
            finish(next, in: &table)
            served.append(next)
            holder = next
        }
        #expect(served == [1, 2, 3])
    }

    @Test func evictsUntilTheBytesFit() {
        var table = table(4, byteCount: 100)
        for (place, byteCount) in [(0, 40), (1, 30), (2, 30)] { load(place, byteCount: byteCount, in: &table) }
        for place in 0..<3 { _ = release(place, in: &table) }
        let actions = load(3, byteCount: 65, in: &table)
        #expect(actions == [.prepare(3), .unload(0), .unload(1)])
        _ = table.discard(0)
        expect(table.unloaded(0), [])
        _ = table.discard(1)
        expect(table.unloaded(1), [.read(3)])
    }

    @Test func correctsWhatWasEstimatedTooSmall() {
        var table = table(3, byteCount: 100)
        for place in 0..<2 {
            load(place, byteCount: 30, in: &table)
            _ = release(place, in: &table)
        }
        _ = table.want(2, .init(), for: 2, at: .zero)
        let prepared = table.prepared(2, byteCount: 30)
        let loaded = finish(2, byteCount: 60, in: &table)
        #expect(prepared == [.read(2)])
        #expect(loaded == [.serve(2), .wake(2, .ready), .unload(0)])
    }

    @Test func leavesOutAtTheStartWhatWouldHaveOthersLeave() {
        var table = table(2, models: 1)
        load(0, in: &table)
        _ = table.want(1, .init(mayEvict: false), for: 5, at: .zero)
        let actions = table.prepared(1, byteCount: 1)
        #expect(actions == [.giveUp(1), .wake(5, .noRoom)])
        // Somebody who really wants it changes that.
        _ = table.want(1, .init(mayEvict: false), for: 6, at: .zero)
        _ = table.want(1, .init(), for: 7, at: .zero)
        _ = table.prepared(1, byteCount: 1)
        expect(release(0, in: &table), [.unload(0)])
    }

    @Test func evictsNobodyForThoseWhoHaveGone() {
        var table = table(2, models: 1)
        load(0, in: &table)
        _ = release(0, in: &table)
        _ = table.want(1, .init(), for: 1, at: .zero)
        let (forgotten, again) = (table.forget(1, of: 1), table.forget(1, of: 1))
        let actions = table.prepared(1, byteCount: 1)
        #expect(forgotten)
        #expect(!again)
        #expect(actions == [.giveUp(1)])
        let isUsed = table.use(0)
        #expect(isUsed)
    }

    // MARK: Failures

    @Test func triesAFailedLoadAgainOnlyAfterAWhile() {
        var table = table(1)
        let error = ServiceError.modelFailed("0", reason: "broken")
        var now = Duration.zero
        for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
            let wanted = table.want(0, .init(), for: 1, at: now)
            let failed = table.failed(0, error, at: now)
            now += .seconds(pause)
            let soon = table.want(0, .init(), for: 2, at: now - .milliseconds(1))
            #expect(wanted == [.prepare(0)])
            #expect(failed == [.wake(1, .failed(error))])
            #expect(soon == [.wake(2, .failed(error))])
        }
        _ = table.want(0, .init(), for: 3, at: now)
        _ = table.failed(0, error, at: now)
        let insisted = table.want(0, .init(insists: true), for: 4, at: now)
        #expect(insisted == [.prepare(0)])
        _ = table.prepared(0, byteCount: 1)
        finish(0, in: &table)
        _ = table.unload(0, for: 9)
        _ = release(0, in: &table)
        _ = table.discard(0)
        _ = table.unloaded(0)
        // It has worked since.
        let fresh = table.want(0, .init(), for: 5, at: now)
        _ = table.failed(0, error, at: now)
        let retried = table.want(0, .init(), for: 6, at: now + .seconds(1))
        #expect(fresh == [.prepare(0)])
        #expect(retried == [.prepare(0)])
    }

    @Test func givesBackTheRoomOfAFailedLoad() {
        var table = table(2, models: 1)
        _ = table.want(0, .init(), for: 1, at: .zero)
        _ = table.prepared(0, byteCount: 1)
        _ = table.want(1, .init(), for: 2, at: .zero)
        let waits = table.prepared(1, byteCount: 1)
        let error = ServiceError.modelFailed("0", reason: "broken")
        #expect(waits == [])
        expect(table.failed(0, error, at: .zero), [.wake(1, .failed(error)), .read(1)])
    }

    // MARK: Unloading

    @Test func unloadsOnceNobodyUsesItAndTellsWhoWaits() {
        var table = table(1)
        let unknown = table.unload(0, for: 1)
        load(0, in: &table)
        let (first, second) = (table.unload(0, for: 2), table.unload(0, for: 3))
        let done = release(0, in: &table)
        let (discarded, again) = (table.discard(0), table.discard(0))
        let gone = table.unloaded(0)
        #expect(unknown == [.wake(1, .gone)])
        #expect(first == [] && second == [])
        #expect(done == [.unload(0)])
        #expect(discarded == 0 && again == nil)
        #expect(gone == [.wake(2, .gone), .wake(3, .gone)])
        #expect(table.entries[0].loaded == nil)
    }

    // MARK: Time

    @Test func leavesAfterItsTimeUnlessItIsUsed() {
        var table = table(1, keepAlive: .lasting(.seconds(300)))
        load(0, in: &table)
        let whileUsed = table.nextDeadline
        _ = release(0, at: .seconds(10), in: &table)
        let afterwards = table.nextDeadline
        _ = table.use(0)
        let early = table.tick(at: .seconds(310))
        _ = release(0, at: .seconds(320), in: &table)
        let before = table.tick(at: .seconds(619))
        let after = table.tick(at: .seconds(620))
        #expect(whileUsed == nil)
        #expect(afterwards == .seconds(310))
        #expect(early == [] && before == [])
        #expect(after == [.unload(0)])
        #expect(table.nextDeadline == nil)
    }

    @Test(arguments: [
        (KeepAlive?.some(.lasting(.zero)), KeepAlive.forever, Duration?.none, true),
        (.lasting(.seconds(5)), .forever, .seconds(5), false), (.forever, .lasting(.seconds(60)), nil, false),
        (nil, .lasting(.seconds(60)), .seconds(60), false), (nil, .lasting(.zero), nil, true),
    ])
    func staysAsLongAsTheRequestSays(
        wanted: KeepAlive?, usual: KeepAlive, deadline: Duration?, leaves: Bool
    ) {
        var table = table(1, keepAlive: usual)
        load(0, in: &table)
        let actions = release(0, wanted, in: &table)
        #expect(actions == (leaves ? [.unload(0)] : []))
        #expect(table.nextDeadline == deadline)
    }

    @Test func staysWhileOtherRequestsUseIt() {
        var table = table(1)
        load(0, in: &table)
        _ = table.use(0)
        expect(release(0, .lasting(.zero), in: &table), [])
        expect(release(0, .lasting(.zero), in: &table), [.unload(0)])
    }

    @Test func sendsAwayWhoHasWaitedLongEnough() {
        var table = table(1, keepAlive: .lasting(.zero))
        let first = table.want(0, .init(deadline: .seconds(3)), for: 1, at: .zero)
        let second = table.want(0, .init(deadline: .seconds(3)), for: 2, at: .seconds(3))
        _ = table.prepared(0, byteCount: 1)
        let before = table.tick(at: .seconds(2))
        let after = table.tick(at: .seconds(3))
        let loaded = finish(0, at: .seconds(4), in: &table)
        #expect(first == [.prepare(0)])
        #expect(second == [.wake(2, .late)])
        #expect(before == [])
        #expect(after == [.wake(1, .late)])
        // They come back, so that it doesn't leave at once.
        #expect(loaded == [.serve(0)])
        #expect(table.nextDeadline == .seconds(34))
        let isUsed = table.use(0)
        #expect(isUsed)
    }

    @Test func endsAllWaits() {
        var table = table(3, models: 1)
        load(0, in: &table)
        load(1, for: 1, in: &table)
        _ = table.want(2, .init(), for: 2, at: .zero)
        _ = table.unload(0, for: 3)
        let actions = table.close()
        #expect(
            actions == [
                .giveUp(1), .wake(3, .gone), .wake(1, .failed(.shuttingDown)), .wake(2, .failed(.shuttingDown)),
            ])
    }
}
