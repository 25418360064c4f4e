// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import EmbedServing

@Suite struct ModelTableTests {
    private typealias Table = ModelTable<String, Int, String>

    private func table(_ names: [String], maxLoaded: Int) -> Table {
        var table = Table(maxLoaded: maxLoaded)
        for name in names { table.add(name, created: 1) }
        return table
    }

    /// Loads the model at `index` as number `index`, and returns what had to leave.
    private func load(_ index: Int, in table: inout Table) -> [Int]? {
        guard case .load(let evicted) = table.claim(index) else { return nil }
        _ = table.finishLoading(index, with: index, at: 2)
        return evicted
    }

    /// Where a claim has to wait; `nil` when it needn't.
    private func place(_ claim: Table.Claim) -> Int? {
        if case .wait(let place) = claim { place } else { nil }
    }

    @Test func loadsOnceAndUsesFromThenOn() {
        var table = table(["a"], maxLoaded: 1)
        let evicted = load(0, in: &table)
        #expect(evicted == [])
        #expect(table.entries[0].loaded == 0)
        let again = load(0, in: &table)
        #expect(again == nil)
        #expect(table.entries[0].created == 2)
    }

    @Test func evictsWhatWasNotUsedForLongest() {
        var table = table(["a", "b", "c"], maxLoaded: 2)
        let first = [load(0, in: &table), load(1, in: &table)]
        _ = table.claim(0)
        let third = load(2, in: &table)
        #expect(first == [[], []])
        #expect(third == [1])
        #expect(table.entries.map(\.loaded) == [0, nil, 2])
    }

    @Test func hasOthersWaitForALoad() {
        var table = table(["a"], maxLoaded: 1)
        _ = table.claim(0)
        let second = place(table.claim(0))
        let waits = [table.wait("first", for: 0), table.wait("second", for: 0)]
        let woken = table.finishLoading(0, with: 7, at: 2)
        let late = table.wait("late", for: 0)
        #expect(second == 0)
        #expect(waits == [true, true])
        #expect(woken == ["first", "second"])
        #expect(!late)
    }

    @Test func evictsNothingThatIsBeingLoaded() {
        var table = table(["a", "b"], maxLoaded: 1)
        _ = table.claim(0)
        let other = place(table.claim(1))
        _ = table.finishLoading(0, with: 0, at: 2)
        let evicted = load(1, in: &table)
        #expect(other == 0)
        #expect(evicted == [0])
    }

    @Test func isUnloadedAgainAfterAFailure() {
        var table = table(["a"], maxLoaded: 1)
        _ = table.claim(0)
        _ = table.wait("waiter", for: 0)
        let woken = table.finishLoading(0, with: nil, at: 2)
        #expect(woken == ["waiter"])
        #expect(table.entries[0].created == 1)
        let evicted = load(0, in: &table)
        #expect(evicted == [])
    }

    @Test func unloadsOnlyWhatIsLoaded() {
        var table = table(["a"], maxLoaded: 1)
        let before = table.unload(0)
        _ = load(0, in: &table)
        let (loaded, after) = (table.unload(0), table.unload(0))
        #expect(before == nil)
        #expect(loaded == 0)
        #expect(after == nil)
    }
}
