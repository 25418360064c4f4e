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

    /// Returns once the number differs from `old`; sleeps after looking `spins` times.
    func wait(while old: Int, spins: Int) {
        for _ in 0..<spins {
            if value.load(ordering: .acquiring) != old { return }
            embed_spin_hint()
        }
        pthread_mutex_lock(mutex)
        sleepers.add(1, ordering: .sequentiallyConsistent)
        while value.load(ordering: .sequentiallyConsistent) == old { pthread_cond_wait(condition, mutex) }
        sleepers.subtract(1, ordering: .sequentiallyConsistent)
        pthread_mutex_unlock(mutex)
    }
}
