// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import Testing

/// Pseudo-random numbers, the same as in Scripts/fixtures/tokenizer_fixtures.py.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func below(_ bound: Int) -> Int { Int(next() >> 33) % bound }
}

/// Text number n of a kind, as scalars; the same in tokenizer_fixtures.py, so change both or neither.
struct TextGenerator: Sendable {
    typealias Text = [UInt32]

    static let seed: UInt64 = 20_261_121
    /// Kinds of text that hit added tokens and accents most often.
    static let variantKinds = [5, 15, 5, 0, 3, 9, 10, 11]

    private let lines: [Text]
    private let lineWords: [[Text]]
    private let pools: [String: [(low: Int, high: Int)]]
    private let lookalikes: [Text]

    init() throws {
        lines = try Fixtures.lines("corpus.txt").map { String(decoding: $0, as: UTF8.self).unicodeScalars.map(\.value) }
        lineWords = lines.map { $0.split(separator: 0x20, omittingEmptySubsequences: false).map(Array.init) }
        var pools: [String: [(low: Int, high: Int)]] = [:]
        var lookalikes: [Text] = []
        let root = try JSONDocument(parsing: Fixtures.bytes("pools.json")).root
        for (name, value) in try #require(root.members) {
            let elements = try #require(value.elements)
            if name == "lookalikes" {
                lookalikes = elements.compactMap { $0.string?.unicodeScalars.map(\.value) }
            } else {
                pools[name] = try elements.map { pair in
                    let bounds = try #require(pair.elements).compactMap(\.int)
                    return (try #require(bounds.first), try #require(bounds.last))
                }
            }
        }
        self.pools = pools
        self.lookalikes = lookalikes
    }

    func text(_ index: Int, kind: Int? = nil) -> Text {
        var random = SplitMix64(seed: Self.seed ^ (UInt64(index) &* 0x9E37_79B9_7F4A_7C15))
        return fragments(kind ?? index % 16, &random)
    }

    /// Two hundred texts in a row, with a space between them in every other long text.
    func longText(_ number: Int) -> Text {
        let separator: Text = number % 2 == 1 ? [0x20] : []
        return Array((0..<200).map { text(number * 200 + $0) }.joined(separator: separator))
    }

    private func fragments(_ kind: Int, _ random: inout SplitMix64) -> Text {
        switch kind {
        case 0: return joined(count: 1 + random.below(40)) { word(&random) }
        case 1: return scalars("any", count: 1 + random.below(30), &random)
        case 2:
            let first = random.below(0x1100) << 8
            return (0..<1 + random.below(40)).map { _ in
                let scalar = first + random.below(256)
                return UInt32(scalar >= 0xD800 && scalar < 0xE000 ? scalar - 0x800 : scalar)
            }
        case 3:
            return concatenated(count: 1 + random.below(6)) {
                [scalar("letters", &random)] + scalars("marks", count: random.below(20), &random)
            }
        case 4:
            let unit = random.below(2) == 0 ? [scalar("letters", &random)] : word(&random)
            let length = 90 + random.below(24)
            return (0..<length).map { unit[$0 % unit.count] } + [0x20] + word(&random)
        case 5:
            return concatenated(count: 1 + random.below(12)) {
                let part = random.below(3) != 0 ? lookalike(&random) : word(&random)
                return part + [[], [0x20], [], [0x20, 0x20]][random.below(4)]
            }
        case 6:
            return concatenated(count: 1 + random.below(20)) {
                random.below(5) != 0 ? [scalar("emoji", &random)] : [0x20] + word(&random)
            }
        case 7: return scalars("cjk", count: 1 + random.below(40), &random)
        case 8: return scalars("bidi", count: 1 + random.below(60), &random)
        case 9: return scalars("decomposable", count: 1 + random.below(30), &random)
        case 10:
            return concatenated(count: 1 + random.below(20)) {
                let word = word(&random)
                return word + scalars("spaces", count: 1 + random.below(3), &random)
            }
        case 11: return mutatedLine(&random)
        case 12: return joined(count: 2 + random.below(4)) { lines[random.below(lines.count)] }
        case 13:
            return joined(count: 1 + random.below(20)) {
                let base = [97, 97, 97, 65][random.below(4)]
                return (0..<1 + random.below(14)).map { _ in UInt32(base + random.below(26)) }
            }
        case 14: return (0..<1 + random.below(80)).map { _ in UInt32(32 + random.below(95)) }
        default: return concatenated(count: 2 + random.below(12)) { mixedFragment(&random) }
        }
    }

    private func mutatedLine(_ random: inout SplitMix64) -> Text {
        var scalars = lines[random.below(lines.count)]
        for _ in 0..<1 + random.below(8) {
            let position = random.below(scalars.count)
            switch random.below(3) {
            case 0: scalars[position] = scalar("any", &random)
            case 1: scalars.insert(scalar("marks", &random), at: position)
            default: if scalars.count > 1 { scalars.remove(at: position) }
            }
        }
        return scalars
    }

    private func mixedFragment(_ random: inout SplitMix64) -> Text {
        switch random.below(8) {
        case 0, 1, 2:
            let word = word(&random)
            return word + [[], [0x20]][random.below(2)]
        case 3: return lookalike(&random)
        case 4:
            let pool = ["any", "letters", "emoji", "cjk", "bidi", "decomposable"][random.below(6)]
            return [scalar(pool, &random)]
        case 5: return [scalar("marks", &random)]
        case 6: return [scalar("spaces", &random)]
        default: return [0x20]
        }
    }

    private func word(_ random: inout SplitMix64) -> Text {
        let words = lineWords[random.below(lines.count)]
        return words[random.below(words.count)]
    }

    private func lookalike(_ random: inout SplitMix64) -> Text {
        lookalikes[random.below(lookalikes.count)]
    }

    private func scalar(_ pool: String, _ random: inout SplitMix64) -> UInt32 {
        let ranges = pools[pool] ?? []
        let range = ranges[random.below(ranges.count)]
        return UInt32(range.low + random.below(range.high - range.low + 1))
    }

    private func scalars(_ pool: String, count: Int, _ random: inout SplitMix64) -> Text {
        (0..<count).map { _ in scalar(pool, &random) }
    }

    private func concatenated(count: Int, _ part: () -> Text) -> Text {
        var text: Text = []
        for _ in 0..<count { text += part() }
        return text
    }

    private func joined(count: Int, _ part: () -> Text) -> Text {
        var text: Text = []
        for index in 0..<count {
            if index > 0 { text.append(0x20) }
            text += part()
        }
        return text
    }
}

extension [UInt32] {
    /// These scalars as UTF-8.
    var utf8: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count * 2)
        for scalar in self {
            if scalar < 0x80 {
                bytes.append(UInt8(scalar))
            } else if let scalar = UnicodeScalar(scalar), let encoded = UTF8.encode(scalar) {
                bytes.append(contentsOf: encoded)
            }
        }
        return bytes
    }
}
