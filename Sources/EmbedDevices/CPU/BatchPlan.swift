// SPDX-License-Identifier: Apache-2.0

/// How the workers share a batch.
///
/// Pure: it decides, ``CPUModel`` performs. Every division gives the same vectors; they differ in speed and memory.
struct BatchPlan: Equatable {
    /// One part of the batch, computed before the next.
    enum Step: Equatable {
        /// Groups of whole sequences, each computed by one worker from begin to end, the costliest first: no waiting
        /// inside a pass.
        case groups([[Int]])
        /// One pass over these sequences in which worker i computes the tokens between bounds i and i + 1. Workers wait
        /// for each other once a block, for keys and values.
        case rows([Int], bounds: [Int])
        /// One pass over the whole batch in which every worker computes some of the columns of each product for all
        /// tokens: each weight is read by one worker only, which is what a short text's time goes into. Workers wait
        /// after every product.
        case columns
    }

    /// What a batch costs, in multiplications and additions.
    struct Cost {
        var perToken: Int
        /// For a sequence of n tokens: n² times this, in addition.
        var perSquaredToken: Int

        func of(tokens: Int) -> Double { Double(tokens) * perQuery(tokens: tokens) }

        /// For each token of a sequence of this length.
        func perQuery(tokens: Int) -> Double { Double(perToken) + Double(tokens) * Double(perSquaredToken) }
    }

    /// Tokens of a group: enough that reading the weights costs little, few enough that a worker's buffers stay small (3
    /// MB for 256 tokens of a model of 384 components).
    static let groupTokens = 256
    /// Up to here, for each worker, a pass is bound by reading the weights rather than by arithmetic.
    static let columnTokensPerWorker = 28
    /// Sequences are computed whole as long as the workers' shares of them are at least this even.
    static let smallestBalance = 0.92

    let steps: [Step]

    /// The plan for sequences of these lengths.
    init(lengths: [Int], workers: Int, cost: Cost, mayDivideColumns: Bool = true) {
        let total = lengths.reduce(0, +)
        if mayDivideColumns, workers > 1, total > 0, total <= Self.columnTokensPerWorker * workers {
            steps = [.columns]
            return
        }
        // Equal lengths keep their order, so that a plan never depends on how the sort breaks ties.
        let order = lengths.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
        let (shares, whole) = Self.evenShares(order, lengths, workers: workers, cost)
        let rest = Array(order[whole...])
        let groups = Self.costliestFirst(shares.flatMap { Self.groups(of: $0, lengths) }, lengths, cost)
        var steps: [Step] = groups.isEmpty ? [] : [.groups(groups)]
        if !rest.isEmpty {
            steps.append(.rows(rest, bounds: Self.evenBounds(rest.map { lengths[$0] }, parts: workers, cost)))
        }
        self.steps = steps
    }

    /// Deals the sequences in `order`, the costliest first, each to the worker that has least, as far as that is even.
    ///
    /// - Returns: The sequences of each worker, and how many of `order` these are together.
    private static func evenShares(
        _ order: [Int], _ lengths: [Int], workers: Int, _ cost: Cost
    ) -> (shares: [[Int]], whole: Int) {
        var loads = [Double](repeating: 0, count: workers)
        var owners: [Int] = []
        var (sum, largest, whole) = (0.0, 0.0, 0)
        owners.reserveCapacity(order.count)
        for index in order {
            var least = 0
            for worker in 1..<max(workers, 1) where loads[worker] < loads[least] { least = worker }
            let load = cost.of(tokens: lengths[index])
            loads[least] += load
            owners.append(least)
            sum += load
            largest = max(largest, loads[least])
            if sum >= smallestBalance * largest * Double(workers) { whole = owners.count }
        }
        var shares = [[Int]](repeating: [], count: workers)
        for (index, owner) in zip(order, owners.prefix(whole)) { shares[owner].append(index) }
        return (shares, whole)
    }

    private static func costliestFirst(_ groups: [[Int]], _ lengths: [Int], _ cost: Cost) -> [[Int]] {
        guard groups.count > 1 else { return groups }
        let loads = groups.map { group in group.reduce(0.0) { $0 + cost.of(tokens: lengths[$1]) } }
        return loads.indices.sorted { (loads[$1], $0) < (loads[$0], $1) }.map { groups[$0] }
    }

    /// Cuts a worker's sequences into groups of nearly ``groupTokens`` tokens.
    private static func groups(of share: [Int], _ lengths: [Int]) -> [[Int]] {
        let total = share.reduce(0) { $0 + lengths[$1] }
        let count = max(1, (total + groupTokens - 1) / groupTokens)
        let wanted = (total + count - 1) / count
        var groups: [[Int]] = []
        var tokens = 0
        for index in share {
            // Closed when it is nearer to the wanted size without this sequence.
            if groups.isEmpty || tokens + lengths[index] - wanted > wanted - tokens {
                groups.append([])
                tokens = 0
            }
            groups[groups.count - 1].append(index)
            tokens += lengths[index]
        }
        return groups
    }

    /// Cuts all tokens in a row into `parts` of the same cost: parts + 1 bounds.
    static func evenBounds(_ lengths: [Int], parts: Int, _ cost: Cost) -> [Int] {
        let total = lengths.reduce(0.0) { $0 + cost.of(tokens: $1) }
        var bounds = [0]
        var spent = 0.0
        var token = 0
        for length in lengths where length > 0 {
            let perQuery = cost.perQuery(tokens: length)
            while bounds.count < parts {
                let wanted = total * Double(bounds.count) / Double(parts)
                let offset = Int(((wanted - spent) / perQuery).rounded())
                guard offset <= length else { break }
                bounds.append(token + max(offset, 0))
            }
            spent += cost.of(tokens: length)
            token += length
        }
        while bounds.count < parts { bounds.append(token) }
        return bounds + [token]
    }
}
