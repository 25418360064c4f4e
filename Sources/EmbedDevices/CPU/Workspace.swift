// SPDX-License-Identifier: Apache-2.0

/// The memory of one pass, kept for the next.
struct Workspace {
    private var states = Arena()
    private var queryKeyValues = Arena()
    private var contexts = Arena()
    private var sums = Arena()
    private var intermediates = Arena()
    private var gates = Arena()
    private var normalized = Arena()
    private var experts = Arena()
    private var probabilities = Arena()
    private var lowRanks = Arena()
    private var scratches = Arena()
    private var productScratches = Arena()

    /// Where a pass keeps what it computes.
    ///
    /// @unchecked: pointers that the workers of one pass share; the pass says which rows and columns each of them writes.
    struct Buffers: @unchecked Sendable {
        /// Hidden states `[tokens, hidden]`; one for each worker when workers divide columns.
        let states: [Rows]
        /// Query, key and value `[tokens, (heads + 2 · keyValueHeads) · headSize]`; two when workers divide rows, for odd and even layers: a worker
        /// may begin a layer while another still reads the keys of the one before.
        let queryKeyValues: [Rows]
        /// What attention gives, `[tokens, heads · headSize]`.
        let context: Rows
        /// A product and its residual, before the norm: `[tokens, hidden]`.
        let sum: Rows
        /// A part of the feed-forward's inner states for each worker, or one for all when they divide columns.
        let intermediates: [Rows]
        /// Of the same shape, for what the gate gives.
        let gates: [Rows]
        /// What goes into a part of a block after its norm, or comes out of it: a block of rows for each worker.
        let normalized: [Rows]
        /// The rows that one expert computes: what goes in for each worker, then what comes out for each.
        let experts: [Rows]
        /// Of each expert for a block of rows, one for each worker.
        let probabilities: [Rows]
        /// What adapters make of a block of rows before they widen it again, one for each worker.
        let lowRanks: [Rows]
        /// For attention, one for each worker.
        let scratches: [UnsafeMutablePointer<Float>]
        /// For products, one for each worker.
        let productScratches: [UnsafeMutableRawPointer]
    }

    /// How much a pass needs.
    struct Needs {
        var tokens: Int
        var hidden: Int
        var queryKeyValue: Int
        var context: Int
        /// Rows that a worker takes through a block together.
        var rows: Int
        var intermediateColumns: Int
        /// Or 0, as all below, for models without.
        var gateColumns: Int
        var normalizedColumns: Int
        var expertColumns: Int
        var experts: Int
        var adapterRank: Int
        var scratch: Int
        var productScratchByteCount: Int
        var workers: Int
        var dividesColumns: Bool
    }

    /// Buffers that are valid until the next call.
    mutating func buffers(_ needs: Needs) throws(DeviceError) -> Buffers {
        let workers = needs.workers
        return Buffers(
            states: try Self.split(&states, needs.dividesColumns ? workers : 1, needs.tokens, needs.hidden),
            queryKeyValues: try Self.split(
                &queryKeyValues, workers > 1 && !needs.dividesColumns ? 2 : 1, needs.tokens, needs.queryKeyValue),
            // Static embeddings have no attention.
            context: try Self.split(&contexts, 1, needs.tokens, max(needs.context, 1))[0],
            sum: try Self.split(&sums, 1, needs.tokens, needs.hidden)[0],
            intermediates: try Self.split(
                &intermediates, needs.dividesColumns ? 1 : workers, needs.rows, needs.intermediateColumns),
            gates: try Self.split(&gates, needs.dividesColumns ? 1 : workers, needs.rows, needs.gateColumns),
            normalized: try Self.split(&normalized, workers, needs.rows, needs.normalizedColumns),
            experts: try Self.split(&experts, 2 * workers, needs.rows, needs.expertColumns),
            probabilities: try Self.split(&probabilities, workers, needs.rows, needs.experts),
            lowRanks: try Self.split(&lowRanks, workers, needs.rows, needs.adapterRank),
            scratches: try Self.split(&scratches, workers, 1, needs.scratch).map(\.base),
            productScratches: try Self.split(&productScratches, workers, byteCount: needs.productScratchByteCount))
    }

    /// `count` blocks of `[rows, columns]` in one arena; none for a model without such columns.
    private static func split(
        _ arena: inout Arena, _ count: Int, _ rows: Int, _ columns: Int
    ) throws(DeviceError) -> [Rows] {
        guard columns > 0 else { return [] }
        let stride = columns.rowStride
        return try split(&arena, count, byteCount: rows * stride * MemoryLayout<Float>.stride).map { block in
            Rows(base: block.assumingMemoryBound(to: Float.self), stride: stride)
        }
    }

    /// `count` blocks of `byteCount` bytes in one arena.
    private static func split(
        _ arena: inout Arena, _ count: Int, byteCount: Int
    ) throws(DeviceError) -> [UnsafeMutableRawPointer] {
        let stride = byteCount.roundedUp(toMultipleOf: 64)
        let base = try arena.reserve(byteCount: count * stride)
        return (0..<count).map { base + $0 * stride }
    }
}
