// SPDX-License-Identifier: Apache-2.0

import CEmbedKernels
import EmbedModelFiles
import Synchronization

/// All weights of a model in one block of memory, as float32.
final class WeightStore: Sendable {
    private let memory: FloatMemory

    fileprivate init(memory: FloatMemory) { self.memory = memory }

    var byteCount: Int { memory.count * MemoryLayout<Float>.stride }

    subscript(place: WeightPlace) -> UnsafePointer<Float> { UnsafePointer(memory.base + place.offset) }
}

/// Where in a ``WeightStore`` an array begins, in floats; 64-byte aligned.
struct WeightPlace: Sendable {
    fileprivate let offset: Int
}

/// Collects what a model needs, so that its memory is reserved once and filled by all workers.
struct WeightPlan {
    private typealias Fill = @Sendable (UnsafeMutablePointer<Float>) -> Void

    private var count = 0
    private var fills: [(place: WeightPlace, fill: Fill)] = []
    /// What the fills read, for naming the one at fault.
    private var tensors: [Tensor] = []

    /// Elements converted in one piece of work: a large table is spread over all workers.
    private static let pieceElements = 1 << 20

    /// Reserves `count` zeros.
    mutating func zeros(_ count: Int) -> WeightPlace {
        let place = WeightPlace(offset: self.count)
        self.count += count.roundedUp(toMultipleOf: 16)
        return place
    }

    /// Writes what `tensor` holds into what was reserved before; pieces may run in any order and at the same time.
    mutating func fill(
        _ place: WeightPlace, from tensor: Tensor, _ fill: @escaping @Sendable (UnsafeMutablePointer<Float>) -> Void
    ) {
        if tensors.last?.name != tensor.name { tensors.append(tensor) }
        fills.append((place, fill))
    }

    /// Reserves and converts the elements of `tensor` in their order.
    mutating func copy(_ tensor: Tensor) -> WeightPlace {
        let place = zeros(tensor.count)
        copy(tensor, to: place, at: 0)
        return place
    }

    /// Converts the elements of `tensor` to `place`, `start` elements further.
    ///
    /// Its pages are given back piece by piece, so that the checkpoint and its copy are never both resident as a whole.
    mutating func copy(_ tensor: Tensor, to place: WeightPlace, at start: Int) {
        let storage = tensor.elementType.storage
        for first in stride(from: 0, to: tensor.count, by: Self.pieceElements) {
            let count = min(Self.pieceElements, tensor.count - first)
            fill(place, from: tensor) { target in
                tensor.withBytes { bytes in
                    embed_convert(
                        bytes.baseAddress.map { $0 + first * tensor.elementType.byteCount }, storage, count,
                        target + start + first)
                }
                tensor.release()
            }
        }
    }

    /// Reserves the memory and fills it on all of `pool`'s workers.
    ///
    /// - Throws: ``DeviceError/nonFiniteWeight(tensor:file:)`` when a weight is infinite or NaN.
    func makeStore(on pool: WorkerPool) throws(DeviceError) -> WeightStore {
        let memory = try FloatMemory(count: count)
        let (fills, count) = (fills, count)
        pool.forEach(fills.count) { _, piece in
            fills[piece].fill(memory.base + fills[piece].place.offset)
        }
        let isFinite = Atomic<Bool>(true)
        pool.forEach((count + Self.pieceElements - 1) / Self.pieceElements) { _, piece in
            let first = piece * Self.pieceElements
            if !embed_is_finite(memory.base + first, min(Self.pieceElements, count - first)) {
                isFinite.store(false, ordering: .relaxed)
            }
        }
        guard isFinite.load(ordering: .relaxed) else { throw nonFiniteWeight() }
        return WeightStore(memory: memory)
    }

    /// The error for the first tensor with an infinite or undefined element.
    private func nonFiniteWeight() -> DeviceError {
        let culprit = tensors.first { tensor in
            let values = [Float](unsafeUninitializedCapacity: tensor.count) { buffer, initialized in
                tensor.withBytes { bytes in
                    if let target = buffer.baseAddress {
                        embed_convert(bytes.baseAddress, tensor.elementType.storage, tensor.count, target)
                    }
                }
                initialized = tensor.count
            }
            return values.withUnsafeBufferPointer { buffer in
                buffer.baseAddress.map { !embed_is_finite($0, buffer.count) } ?? false
            }
        }
        return .nonFiniteWeight(tensor: culprit?.name ?? "", file: culprit?.fileName ?? "")
    }
}

extension ElementType {
    /// How the kernels call the type.
    ///
    /// Checkpoints hand out no other types as weights.
    var storage: embed_storage {
        switch self {
        case .float16: EMBED_STORAGE_F16
        case .bfloat16: EMBED_STORAGE_BF16
        case .float32: EMBED_STORAGE_F32
        case .bool, .uint8, .int8, .float8E5M2, .float8E4M3, .int16, .uint16, .int32, .uint32, .float64, .int64,
            .uint64:
            preconditionFailure("\(rawValue) is no weight type; Checkpoint.weight refuses it")
        }
    }
}
