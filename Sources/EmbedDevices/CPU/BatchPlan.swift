// SPDX-License-Identifier: Apache-2.0

/// How the workers share a batch.
///
/// Pure: it decides, ``CPUModel`` performs. Every division gives the same vectors; they differ in speed.
enum BatchPlan: Equatable {
    /// Groups of whole sequences, each computed by one worker from begin to end, the costliest first: no waiting inside
    /// a pass.
    case groups([[Int]])
    /// One pass over all sequences in which worker i computes the tokens between bounds i and i + 1. Workers wait for each
    /// other once a block, for keys and values.
    case rows(bounds: [Int])
    /// One pass in which every worker computes some of the columns of each product for all tokens: each weight is read
    /// by one worker only, which is what a short text's time goes into. Workers wait after every product.
    case columns

    /// What a batch costs, in multiplications and additions.
    struct Cost {
        var perToken: Int
        /// For a sequence of n tokens: n² times this, in addition.
        var perSquaredToken: Int

        func of(tokens: Int) -> Double { Double(tokens) * perQuery(tokens: tokens) }

        /// For each token of a sequence of this length.
        func perQuery(tokens: Int) -> Double { Double(perToken) + Double(tokens) * Double(perSquaredToken) }
    }

    /// Tokens of a group: enough that reading the weights costs little, few enough that the states of a group stay in
    /// the last cache.
    static let groupTokens = 512
    /// Up to here, for each worker, a pass is bound by reading the weights rather than by arithmetic.
    static let columnTokensPerWorker = 28
    /// Groups of whole sequences are taken when the workers' shares of them are at least this even.
    static let smallestBalance = 0.92

    /// The plan for sequences of these lengths.
    init(lengths: [Int], workers: Int, cost: Cost) {
        let total = lengths.reduce(0, +)
        guard workers > 1 else {
            let count = max(1, (total + Self.groupTokens - 1) / Self.groupTokens)
            self = .groups(Self.evenGroups(lengths, count: count, cost).groups)
            return
        }
        if total <= Self.columnTokensPerWorker * workers {
            self = .columns
            return
        }
        let count = max(1, (total + Self.groupTokens * workers - 1) / (Self.groupTokens * workers)) * workers
        let (groups, balance) = Self.evenGroups(lengths, count: count, cost)
        if balance >= Self.smallestBalance {
            self = .groups(groups)
        } else {
            self = .rows(bounds: Self.evenBounds(lengths, parts: workers, cost))
        }
    }

    /// Deals the sequences, the costliest first, each to the group that has least; `balance` is the mean load ÷ the
    /// largest.
    private static func evenGroups(_ lengths: [Int], count: Int, _ cost: Cost) -> (groups: [[Int]], balance: Double) {
        var groups = [[Int]](repeating: [], count: count)
        var loads = [Double](repeating: 0, count: count)
        // Equal lengths keep their order, so that a plan never depends on how the sort breaks ties.
        for index in lengths.indices.sorted(by: { (lengths[$1], $0) < (lengths[$0], $1) }) {
            var least = 0
            for group in 1..<max(count, 1) where loads[group] < loads[least] { least = group }
            groups[least].append(index)
            loads[least] += cost.of(tokens: lengths[index])
        }
        let order = loads.indices.sorted { (loads[$1], $0) < (loads[$0], $1) }
        let largest = loads.max() ?? 0
        let balance = largest > 0 ? loads.reduce(0, +) / Double(count) / largest : 1
        return (order.map { groups[$0] }.filter { !$0.isEmpty }, balance)
    }

    /// Cuts all tokens in a row into `parts` of the same cost: parts + 1 bounds.
    private static func evenBounds(_ lengths: [Int], parts: Int, _ cost: Cost) -> [Int] {
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
