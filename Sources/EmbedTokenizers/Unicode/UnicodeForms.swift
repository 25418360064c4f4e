// SPDX-License-Identifier: Apache-2.0

/// What the reference tokenizer knows of grapheme clusters, marks and normal forms; read on first use.
///
/// As ``UnicodeTables``, this is what `tokenizers` knows, not what one version of Unicode says; the data is written by
/// Scripts/fixtures/unicode_forms.py.
struct UnicodeForms: Sendable {
    /// One scalar's properties, packed.
    struct Properties {
        let bits: UInt8

        /// How it takes part in grapheme clusters.
        var graphemeClass: GraphemeClass { GraphemeClass(rawValue: bits & 0x1F) ?? .other }
        /// `StripAccents` drops it: a mark of any kind.
        var isCombiningMark: Bool { bits & 1 << 5 != 0 }
        /// NFKD decomposes it otherwise than NFD.
        var hasCompatibilityDecomposition: Bool { bits & 1 << 6 != 0 }
    }

    private static let blockSize: UInt32 = 256

    /// Where the flags of each block of scalars begin in ``flags``.
    private var blocks: [UInt32] = []
    private var flags: [UInt8] = []
    private let compatibilityScalars: [UInt32]
    private let compatibilityStarts: [UInt32]
    private let compatibilityPool: [UInt32]
    /// First, second and composed scalar by turns.
    private let compositions: [UInt32]
    /// Scalars that stand second in a composition.
    private let seconds: Set<UInt32>

    static let shared = UnicodeForms()

    private init() {
        compatibilityScalars = Array(base64: UnicodeFormsData.compatibilityScalars, width: 3)
        compatibilityStarts = Array(base64: UnicodeFormsData.compatibilityStarts, width: 2)
        compatibilityPool = Array(base64: UnicodeFormsData.compatibilityPool, width: 3)
        let compositions: [UInt32] = Array(base64: UnicodeFormsData.compositions, width: 3)
        self.compositions = compositions
        seconds = Set(stride(from: 1, to: compositions.count, by: 3).map { compositions[$0] })
        let runs: [UInt32] = Array(base64: UnicodeFormsData.runs, width: 4)
        var run = 0
        var known: [[UInt8]: UInt32] = [:]
        for first in stride(from: 0 as UInt32, to: 0x110000, by: Int(Self.blockSize)) {
            let block = (first..<first + Self.blockSize).map { scalar in
                while run + 1 < runs.count, runs[run + 1] >> 8 <= scalar { run += 1 }
                return UInt8(truncatingIfNeeded: runs[run])
            }
            let start = known[block] ?? UInt32(flags.count)
            if known.updateValue(start, forKey: block) == nil { flags += block }
            blocks.append(start)
        }
    }

    /// The properties of a scalar, which must be below 0x110000.
    @inline(__always)
    func properties(of scalar: UInt32) -> Properties {
        if scalar >= 0xAC00, scalar < 0xD7A4 {
            let kind: GraphemeClass = (scalar - 0xAC00) % 28 == 0 ? .openSyllable : .closedSyllable
            return Properties(bits: kind.rawValue)
        }
        return Properties(bits: flags[Int(blocks[Int(scalar / Self.blockSize)] + scalar % Self.blockSize)])
    }

    /// What a scalar with ``Properties/hasCompatibilityDecomposition`` becomes under NFKD, before reordering.
    func compatibilityDecomposition(_ scalar: UInt32) -> ArraySlice<UInt32> {
        let index = Self.firstIndex(in: 0..<compatibilityScalars.count) { compatibilityScalars[$0] >= scalar }
        guard index < compatibilityScalars.count, compatibilityScalars[index] == scalar else { return [] }
        return compatibilityPool[Int(compatibilityStarts[index])..<Int(compatibilityStarts[index + 1])]
    }

    /// Whether some scalar composes with this one behind it.
    func isSecond(_ scalar: UInt32) -> Bool { seconds.contains(scalar) || HangulSyllable.isTrailingPart(scalar) }

    /// What NFC makes of two scalars that follow each other.
    func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if let syllable = HangulSyllable.composition(first, second) { return syllable }
        if properties(of: second).graphemeClass.standsAlone { return nil }
        let index = Self.firstIndex(in: 0..<compositions.count / 3) {
            (compositions[$0 * 3], compositions[$0 * 3 + 1]) >= (first, second)
        }
        guard index * 3 < compositions.count, compositions[index * 3] == first, compositions[index * 3 + 1] == second
        else { return nil }
        return compositions[index * 3 + 2]
    }

    /// The first index from which on a claim holds, by halving.
    private static func firstIndex(in range: Range<Int>, where holds: (Int) -> Bool) -> Int {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
