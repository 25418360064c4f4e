// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// Reads "merges", in the old spelling `"a b"` and the new one `["a", "b"]`.
struct BPEMerges {
    private(set) var table: MergeTable
    /// Whether a merge joins what begins with "▁" to something that doesn't end with it.
    private(set) var joinsBeforeSpaceMarker = false

    private static let spaceMarker = Array("\u{2581}".utf8)

    init(_ field: TokenizerField, vocabulary: Vocabulary) throws(TokenizerError) {
        guard let elements = field.value.elements else { throw field.wrongKind(expected: "an array") }
        let limit = Vocabulary.highestID + 1
        guard elements.count <= limit else {
            throw .invalid(key: field.path, reason: "has \(elements.count) merges; at most \(limit) are supported")
        }
        table = MergeTable(count: elements.count)
        var rank = 0
        for (index, element) in elements.enumerated() {
            guard let (left, right) = try Self.pair(element, index, field) else { continue }
            try insert(left, right, rank: rank, index, field, vocabulary)
            rank += 1
        }
    }

    private mutating func insert(
        _ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>, rank: Int, _ index: Int, _ field: TokenizerField,
        _ vocabulary: Vocabulary
    ) throws(TokenizerError) {
        let merged = Array(left) + right
        let (first, second, both) =
            (vocabulary.id(of: Array(left)), vocabulary.id(of: Array(right)), vocabulary.id(of: merged))
        guard let first, let second, let both else {
            let missing = first == nil ? Array(left) : second == nil ? Array(right) : merged
            throw .invalid(
                key: "\(field.path)[\(index)]",
                reason: "needs \(String(decoding: missing, as: UTF8.self)), which is not in the vocabulary")
        }
        guard table.insert(first, second, rank: rank, id: both) else {
            throw .invalid(key: field.path, reason: "holds too many pairs with the same hash")
        }
        if right.starts(with: Self.spaceMarker), left.suffix(Self.spaceMarker.count) != Self.spaceMarker[...] {
            joinsBeforeSpaceMarker = true
        }
    }

    /// Both sides of a merge; nothing for the line of a merges.txt that names its version.
    private static func pair(
        _ element: JSONValue, _ index: Int, _ field: TokenizerField
    ) throws(TokenizerError) -> (ArraySlice<UInt8>, ArraySlice<UInt8>)? {
        if element.kind == .string, let line = element.utf8 {
            if line.starts(with: Array("#version".utf8)) { return nil }
            let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            if parts.count == 2 { return (parts[0], parts[1]) }
        } else if let sides = element.elements, sides.count == 2 {
            let parts = sides.compactMap(\.utf8)
            if parts.count == 2 { return (parts[0][...], parts[1][...]) }
        }
        throw .invalid(
            key: "\(field.path)[\(index)]", reason: "is \(element.json.prefix(64)); expected a pair of tokens")
    }
}
