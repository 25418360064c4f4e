// SPDX-License-Identifier: Apache-2.0

/// Which two scalars canonical composition makes one.
struct Compositions: Sendable {
    /// Keyed by the first scalar above the second.
    private let composites: [UInt64: UInt32]
    /// A bit for every scalar that is the second of a pair, those of Hangul too.
    private let seconds: [UInt64]

    static let shared = Compositions(UnicodeTables.shared)

    private init(_ tables: UnicodeTables) {
        var composites: [UInt64: UInt32] = [:]
        var seconds: [UInt64] = []
        func note(second scalar: UInt32) {
            let word = Int(scalar >> 6)
            if word >= seconds.count { seconds += repeatElement(0, count: word + 1 - seconds.count) }
            seconds[word] |= 1 << UInt64(scalar & 63)
        }
        for scalar in tables.composites {
            let parts = tables.decomposition(tables.properties(of: scalar))
            guard var first = parts.first, let last = parts.last else { continue }
            for part in parts.dropFirst().dropLast() {
                first = composites[Self.key(first, part)] ?? first
            }
            composites[Self.key(first, last)] = scalar
            note(second: last)
        }
        for vowel in 0x1161...0x1175 as ClosedRange<UInt32> { note(second: vowel) }
        for trailing in 0x11A8...0x11C2 as ClosedRange<UInt32> { note(second: trailing) }
        self.composites = composites
        self.seconds = seconds
    }

    /// Whether any scalar composes with this one behind it.
    @inline(__always)
    func isSecond(_ scalar: UInt32) -> Bool {
        let word = Int(scalar >> 6)
        return word < seconds.count && seconds[word] >> UInt64(scalar & 63) & 1 != 0
    }

    @inline(__always)
    func compose(_ first: UInt32, _ second: UInt32) -> UInt32? {
        isSecond(second) ? composed(first, second) : nil
    }

    private func composed(_ first: UInt32, _ second: UInt32) -> UInt32? {
        switch second {
        case 0x1161...0x1175:
            guard first >= 0x1100, first < 0x1113 else { return nil }
            return 0xAC00 + (first - 0x1100) * 588 + (second - 0x1161) * 28
        case 0x11A8...0x11C2:
            guard first >= 0xAC00, first < 0xD7A4, (first - 0xAC00) % 28 == 0 else { return nil }
            return first + second - 0x11A7
        default: return composites[Self.key(first, second)]
        }
    }

    private static func key(_ first: UInt32, _ second: UInt32) -> UInt64 {
        UInt64(first) << 32 | UInt64(second)
    }
}
