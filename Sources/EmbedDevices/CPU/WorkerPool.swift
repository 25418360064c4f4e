// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// The compute threads: the caller's own and `count − 1` others, which sleep while there is nothing to do.
final class WorkerPool: Sendable {
    let count: Int
    private let shared: Shared
    /// One piece of work at a time, whoever calls.
    private let turn = Mutex<Void>(())
    private nonisolated(unsafe) var threads: [pthread_t] = []

    /// About 20 µs: the gap between two batches of a busy server.
    private static let betweenWork = Signal.Patience(spins: 1_000, yields: 0)
    /// About 50 µs, then as long as others leave the processor: workers of one pass arrive at nearly the same time, and
    /// waking a sleeper takes longer than most waits.
    private static let insideWork = Signal.Patience(spins: 2_000, yields: 200)

    /// What threads share with the pool; they don't keep the pool itself alive.
    private final class Shared: Sendable {
        let started = Signal()
        let finished = Signal()
        let passed = Signal()
        let running = Atomic<Int>(0)
        let arrived = Atomic<Int>(0)
        let isStopping = Atomic<Bool>(false)
        /// Written before `started` is raised, read after; cleared when all have finished.
        nonisolated(unsafe) var work: (@Sendable (Int) -> Void)?

        /// What a thread does all its life.
        func serve(as worker: Int) {
            var generation = 0
            while true {
                started.wait(while: generation, WorkerPool.betweenWork)
                generation += 1
                if isStopping.load(ordering: .acquiring) { return }
                work?(worker)
                if running.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 { finished.raise() }
            }
        }
    }

    /// What a new thread is given.
    private final class Start {
        let shared: Shared
        let worker: Int

        init(shared: Shared, worker: Int) {
            self.shared = shared
            self.worker = worker
        }
    }

    /// Starts `count − 1` threads.
    init(count: Int) throws(DeviceError) {
        self.count = max(count, 1)
        shared = Shared()
        // Signals are for the threads that expect them.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        for worker in 1..<max(count, 1) {
            let start = Unmanaged.passRetained(Start(shared: shared, worker: worker))
            var thread = pthread_t()
            let status = pthread_create(
                &thread, nil,
                { argument in
                    guard let argument else { return nil }
                    let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                    TextFile.write("embed-compute", to: "/proc/thread-self/comm")
                    start.shared.serve(as: start.worker)
                    return nil
                }, start.toOpaque())
            guard status == 0 else {
                start.release()
                stop()
                throw .threads(count, reason: String(cString: strerror(status)))
            }
            threads.append(thread)
        }
    }

    deinit { stop() }

    private func stop() {
        shared.isStopping.store(true, ordering: .releasing)
        shared.started.raise()
        for thread in threads { pthread_join(thread, nil) }
        threads = []
    }

    /// Runs `work` once on every worker, with its number from 0; returns when all are done.
    ///
    /// The caller is worker 0.
    func run(_ work: @escaping @Sendable (Int) -> Void) {
        turn.withLock { _ in
            guard count > 1 else { return work(0) }
            shared.work = work
            shared.running.store(count, ordering: .sequentiallyConsistent)
            let before = shared.finished.current
            shared.started.raise()
            work(0)
            if shared.running.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 {
                shared.finished.raise()
            } else {
                shared.finished.wait(while: before, Self.insideWork)
            }
            shared.work = nil
        }
    }

    /// Inside ``run(_:)``: returns once every worker has called it.
    ///
    /// All must call it equally often.
    func waitForAll() {
        guard count > 1 else { return }
        let before = shared.passed.current
        if shared.arrived.add(1, ordering: .sequentiallyConsistent).newValue == count {
            shared.arrived.store(0, ordering: .sequentiallyConsistent)
            shared.passed.raise()
        } else {
            shared.passed.wait(while: before, Self.insideWork)
        }
    }

    /// Runs `work` for each of `0..<pieces`, each on the next free worker.
    func forEach(_ pieces: Int, _ work: @escaping @Sendable (_ worker: Int, _ piece: Int) -> Void) {
        let next = Counter()
        run { worker in
            while let piece = next.next(below: pieces) { work(worker, piece) }
        }
    }
}

/// Hands out 0, 1, 2 … to any number of threads.
private final class Counter: Sendable {
    private let value = Atomic<Int>(0)

    func next(below end: Int) -> Int? {
        let taken = value.add(1, ordering: .relaxed).oldValue
        return taken < end ? taken : nil
    }
}
