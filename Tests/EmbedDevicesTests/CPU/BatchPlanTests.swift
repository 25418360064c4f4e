// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import EmbedDevices

@Suite struct BatchPlanTests {
    /// all-MiniLM-L6-v2's.
    private static let cost = BatchPlan.Cost(perToken: 21_233_664, perSquaredToken: 9_216)

    @Test func dividesColumnsOfAFewTokens() {
        #expect(BatchPlan(lengths: [8], workers: 2, cost: Self.cost) == .columns)
        #expect(BatchPlan(lengths: [3, 4, 1], workers: 8, cost: Self.cost) == .columns)
    }

    @Test func dividesRowsOfOneLongText() {
        #expect(BatchPlan(lengths: [200], workers: 2, cost: Self.cost) == .rows(bounds: [0, 100, 200]))
        #expect(BatchPlan(lengths: [200], workers: 4, cost: Self.cost) == .rows(bounds: [0, 50, 100, 150, 200]))
    }

    /// The tokens of the longer text cost more each.
    @Test func cutsRowsAtEqualCost() throws {
        let plan = BatchPlan(lengths: [500, 100], workers: 2, cost: Self.cost)
        guard case .rows(let bounds) = plan else {
            Issue.record("\(plan)")
            return
        }
        #expect(bounds.first == 0)
        #expect(bounds.last == 600)
        #expect((290..<300).contains(bounds[1]))
    }

    @Test func givesWholeSequencesToEachWhenTheySpreadEvenly() {
        #expect(BatchPlan(lengths: [200, 200], workers: 2, cost: Self.cost) == .groups([[0], [1]]))
        let many = BatchPlan(lengths: [Int](repeating: 40, count: 512), workers: 2, cost: Self.cost)
        guard case .groups(let groups) = many else {
            Issue.record("\(many)")
            return
        }
        #expect(groups.count.isMultiple(of: 2))
        #expect(groups.flatMap { $0 }.sorted() == Array(0..<512))
        #expect(groups.allSatisfy { $0.count * 40 <= 600 })
    }

    @Test func oneWorkerTakesWholeSequencesInGroups() {
        #expect(BatchPlan(lengths: [8], workers: 1, cost: Self.cost) == .groups([[0]]))
        #expect(BatchPlan(lengths: [500, 500], workers: 1, cost: Self.cost) == .groups([[0], [1]]))
    }

    @Test(
        arguments: [
            [], [0], [0, 0], [1], [8192], [8192, 1], [1, 8192, 0, 3], [512, 0, 511], Array(0..<300),
        ], [1, 2, 3, 7, 64])
    func everyTokenIsComputedOnce(lengths: [Int], workers: Int) {
        switch BatchPlan(lengths: lengths, workers: workers, cost: Self.cost) {
        case .groups(let groups):
            #expect(groups.flatMap { $0 }.sorted() == Array(lengths.indices))
        case .rows(let bounds):
            #expect(bounds.count == workers + 1)
            #expect(bounds.first == 0)
            #expect(bounds.last == lengths.reduce(0, +))
            #expect(bounds == bounds.sorted())
        case .columns:
            #expect(workers > 1)
        }
    }
}
