// SPDX-License-Identifier: Apache-2.0

import EmbedModels
import Testing

@testable import EmbedDevices

@Suite struct BatchPlanTests {
    /// all-MiniLM-L6-v2's.
    private static let cost = BatchPlan.Cost(perToken: 21_233_664, perSquaredToken: 9_216)

    private func steps(_ lengths: [Int], workers: Int) -> [BatchPlan.Step] {
        BatchPlan(lengths: lengths, workers: workers, cost: Self.cost).steps
    }

    @Test func dividesColumnsOfAFewTokens() {
        #expect(steps([8], workers: 2) == [.columns])
        #expect(steps([3, 4, 1], workers: 8) == [.columns])
    }

    @Test func dividesRowsOfOneLongText() {
        #expect(steps([200], workers: 2) == [.rows([0], bounds: [0, 100, 200])])
        #expect(steps([200], workers: 4) == [.rows([0], bounds: [0, 50, 100, 150, 200])])
    }

    /// A window over all of a text costs what no window does, however large the number in the model's file is.
    @Test func countsAWindowUpToTheLongestText() throws {
        var transformer = try ModelFixture("qwen2").transformer
        for index in transformer.blocks.indices { transformer.blocks[index].attention.mask = .full }
        let full = BatchPlan.Cost(of: transformer)
        for index in transformer.blocks.indices {
            transformer.blocks[index].attention.mask = AttentionMask(before: 1 << 30, after: 1 << 30)
        }
        let wide = BatchPlan.Cost(of: transformer)
        #expect(wide.perToken == full.perToken)
        #expect(wide.perSquaredToken == full.perSquaredToken)
    }

    /// The tokens of the longer text cost more each.
    @Test func cutsRowsAtEqualCost() throws {
        let steps = steps([100, 500], workers: 2)
        guard case .rows([1, 0], let bounds) = steps.first else {
            Issue.record("\(steps)")
            return
        }
        #expect(steps.count == 1)
        #expect(bounds.first == 0)
        #expect(bounds.last == 600)
        #expect((290..<300).contains(bounds[1]))
    }

    @Test func givesWholeSequencesToEachWhenTheySpreadEvenly() {
        #expect(steps([200, 200], workers: 2) == [.groups([[0], [1]])])
        let many = steps([Int](repeating: 40, count: 512), workers: 2)
        guard case .groups(let groups) = many.first else {
            Issue.record("\(many)")
            return
        }
        #expect(many.count == 1)
        #expect(groups.count.isMultiple(of: 2))
        #expect(groups.flatMap { $0 }.sorted() == Array(0..<512))
        #expect(groups.allSatisfy { $0.count * 40 <= 280 })
        #expect(groups.count { $0.count * 40 < 200 } <= 2, "what is left over for each worker")
    }

    /// Buffers are as large as the largest step, so an odd text must not draw all others into one pass.
    @Test func dividesRowsOnlyOfWhatIsLeftOver() {
        #expect(
            steps([500, 480, 470], workers: 2) == [.groups([[0], [1]]), .rows([2], bounds: [0, 235, 470])])
        let eleven = steps([Int](repeating: 200, count: 11), workers: 2)
        #expect(eleven.first == .groups((0..<10).map { [$0] }.sorted { ($0[0] % 2, $0[0]) < ($1[0] % 2, $1[0]) }))
        #expect(eleven.last == .rows([10], bounds: [0, 100, 200]))
    }

    @Test func oneWorkerTakesWholeSequencesInGroups() {
        #expect(steps([8], workers: 1) == [.groups([[0]])])
        #expect(steps([500, 500], workers: 1) == [.groups([[0], [1]])])
    }

    @Test(
        arguments: [
            [], [0], [0, 0], [1], [8192], [8192, 1], [1, 8192, 0, 3], [512, 0, 511], Array(0..<300), [9, 300, 301, 8],
        ], [1, 2, 3, 7, 64])
    func everySequenceIsComputedOnce(lengths: [Int], workers: Int) {
        let steps = steps(lengths, workers: workers)
        if steps == [.columns] {
            #expect(workers > 1)
            return
        }
        var computed: [Int] = []
        for step in steps {
            switch step {
            case .groups(let groups):
                computed += groups.flatMap { $0 }
            case .rows(let indices, let bounds):
                computed += indices
                #expect(bounds.count == workers + 1)
                #expect(bounds.first == 0)
                #expect(bounds.last == indices.reduce(0) { $0 + lengths[$1] })
                #expect(bounds == bounds.sorted())
            case .columns:
                Issue.record("columns are divided for the whole batch or not at all")
            }
        }
        #expect(computed.sorted() == Array(lengths.indices))
    }
}
