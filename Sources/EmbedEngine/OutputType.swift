// SPDX-License-Identifier: Apache-2.0

/// The type of a vector's numbers in an answer.
///
/// The two packed types follow `quantize_embeddings` in sentence-transformers; so do Cohere, Jina and Voyage. Its int8 and
/// uint8 need the smallest and largest value of each component over a whole corpus, which a server does not know; here
/// they are fixed, the same for every vector, so that products and distances of any two mean something.
package enum OutputType: String, Sendable, CaseIterable {
    /// The model's own.
    case float
    /// round(127 x), at least −128 and at most 127.
    case int8
    /// The same plus 128: 0 is 128.
    case uint8
    /// The same bits as `ubinary`, the byte less 128.
    case binary
    /// One bit a component, 1 where it is greater than 0, the first in the highest bit; the last byte is filled up
    /// with zeros (`numpy.packbits`).
    case ubinary

    /// The vector has to have length 1, so that its components lie between −1 and 1.
    package var needsUnitVectors: Bool {
        switch self {
        case .int8, .uint8: true
        case .float, .binary, .ubinary: false
        }
    }

    /// Numbers that a vector of `dimension` components becomes.
    package func count(dimension: Int) -> Int {
        switch self {
        case .float, .int8, .uint8: dimension
        case .binary, .ubinary: (dimension + 7) / 8
        }
    }
}

/// A vector's numbers as bytes.
package enum QuantizedVector: Sendable, Equatable {
    case signed([Int8])
    case unsigned([UInt8])

    /// `vector` as `type`; `nil` for `float`.
    package init?(_ vector: some Collection<Float>, as type: OutputType) {
        switch type {
        case .float: return nil
        case .int8: self = .signed(vector.map(Self.scaled))
        case .uint8: self = .unsigned(vector.map { UInt8(Int(Self.scaled($0)) + 128) })
        case .binary: self = .signed(Self.packed(vector).map { Int8(Int($0) - 128) })
        case .ubinary: self = .unsigned(Self.packed(vector))
        }
    }

    /// In memory order, each number one byte.
    package var bytes: [UInt8] {
        switch self {
        case .signed(let numbers): numbers.map { UInt8(bitPattern: $0) }
        case .unsigned(let numbers): numbers
        }
    }

    /// Halves go to the even number, as in NumPy.
    private static func scaled(_ component: Float) -> Int8 {
        Int8(min(max((component * 127).rounded(.toNearestOrEven), -128), 127))
    }

    private static func packed(_ vector: some Collection<Float>) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (vector.count + 7) / 8)
        for (index, component) in vector.enumerated() where component > 0 {
            bytes[index / 8] |= 0x80 >> UInt8(index % 8)
        }
        return bytes
    }
}
