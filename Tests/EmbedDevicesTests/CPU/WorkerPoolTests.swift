// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing

@testable import EmbedDevices

@Suite struct WorkerPoolTests {
    @Test(arguments: [1, 2, 5])
    func runsOnEveryWorkerOnce(count: Int) throws {
        let pool = try WorkerPool(count: count)
        for _ in 0..<100 {
            let seen = Mutex<[Int]>([])
            pool.run { worker in seen.withLock { $0.append(worker) } }
            #expect(seen.withLock { $0.sorted() } == Array(0..<count))
        }
    }

    @Test(arguments: [1, 3])
    func givesEachPieceToOneWorker(count: Int) throws {
        let pool = try WorkerPool(count: count)
        let seen = Mutex<[Int]>([])
        pool.forEach(1_000) { _, piece in seen.withLock { $0.append(piece) } }
        #expect(seen.withLock { $0.sorted() } == Array(0..<1_000))
    }

    /// No worker may be a step ahead of another.
    @Test func waitsForAllWorkersAtEveryStep() throws {
        let pool = try WorkerPool(count: 4)
        let arrivals = (0..<200).map { _ in Box() }
        let late = Box()
        pool.run { _ in
            for step in arrivals {
                step.value.add(1, ordering: .sequentiallyConsistent)
                pool.waitForAll()
                if step.value.load(ordering: .sequentiallyConsistent) != 4 { late.value.add(1, ordering: .relaxed) }
            }
        }
        #expect(late.value.load(ordering: .relaxed) == 0)
    }

    @Test func takesCallersOneAfterTheOther() async throws {
        let pool = try WorkerPool(count: 3)
        let inside = Box()
        let overlaps = Box()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    pool.run { _ in
                        inside.value.add(1, ordering: .sequentiallyConsistent)
                        pool.waitForAll()
                        if inside.value.load(ordering: .sequentiallyConsistent) != 3 {
                            overlaps.value.add(1, ordering: .relaxed)
                        }
                        pool.waitForAll()
                        inside.value.subtract(1, ordering: .sequentiallyConsistent)
                    }
                }
            }
        }
        #expect(overlaps.value.load(ordering: .relaxed) == 0)
    }

    private final class Box: Sendable {
        let value = Atomic<Int>(0)
    }
}
