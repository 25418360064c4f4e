// SPDX-License-Identifier: Apache-2.0

import CEmbedKernels
import Glibc
import Synchronization

/// A number that one thread raises and others wait for, spinning first and sleeping then.
final class Signal: Sendable {
    private let value = Atomic<Int>(0)
    private let sleepers = Atomic<Int>(0)
    private nonisolated(unsafe) let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private nonisolated(unsafe) let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    var current: Int { value.load(ordering: .acquiring) }

    /// Raises the number and wakes all who wait; what was written before is visible to them.
    func raise() {
        value.add(1, ordering: .sequentiallyConsistent)
        // A waiter counts itself before it looks at the number again, so either it is seen here or it sees the number.
        guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    /// How long a thread looks before it sleeps.
    struct Patience {
        /// Looks in a row, some tens of cycles each.
        var spins: Int
        /// Looks between which the processor is offered to others: the thread waited for may need it.
        var yields: Int
    }

    /// Returns once the number differs from `old`.
    func wait(while old: Int, _ patience: Patience) {
        for _ in 0..<patience.spins {
            if value.load(ordering: .acquiring) != old { return }
            embed_spin_hint()
        }
        for _ in 0..<patience.yields {
            if value.load(ordering: .acquiring) != old { return }
            sched_yield()
        }
        pthread_mutex_lock(mutex)
        sleepers.add(1, ordering: .sequentiallyConsistent)
        while value.load(ordering: .sequentiallyConsistent) == old { pthread_cond_wait(condition, mutex) }
        sleepers.subtract(1, ordering: .sequentiallyConsistent)
        pthread_mutex_unlock(mutex)
    }
}
