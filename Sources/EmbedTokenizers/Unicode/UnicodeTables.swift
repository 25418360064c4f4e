// SPDX-License-Identifier: Apache-2.0

/// What the reference tokenizer knows of every Unicode scalar.
///
/// Not what Unicode says: `tokenizers` mixes tables of several ages, and ids must match it, so neither ICU nor the
/// standard library will do. The data is written by Scripts/fixtures/unicode_tables.py, which asks the reference.
struct UnicodeTables: Sendable {
    /// One scalar's properties, packed.
    struct Properties {
        let bits: UInt64

        /// `BertNormalizer`'s `clean_text` drops it.
        var isRemovedByCleaning: Bool { bits & 1 << 0 != 0 }
        /// `BertNormalizer`'s `clean_text` makes it a space.
        var isSpaceByCleaning: Bool { bits & 1 << 1 != 0 }
        /// `BertNormalizer`'s `handle_chinese_chars` puts spaces around it.
        var isCJK: Bool { bits & 1 << 2 != 0 }
        /// `BertNormalizer`'s `strip_accents` drops it.
        var isNonspacingMark: Bool { bits & 1 << 3 != 0 }
        /// Rust's `char::is_whitespace`, and `\s`.
        var isWhitespace: Bool { bits & 1 << 4 != 0 }
        /// `BertPreTokenizer` makes it a word of its own.
        var isPunctuation: Bool { bits & 1 << 5 != 0 }
        /// Rust's `\w`.
        var isWord: Bool { bits & 1 << 6 != 0 }
        /// `\p{L}`.
        var isLetter: Bool { bits & 1 << 7 != 0 }
        /// `\p{N}`.
        var isNumber: Bool { bits & 1 << 8 != 0 }
        /// `\p{M}`.
        var isMark: Bool { bits & 1 << 9 != 0 }
        /// `\p{Lu}` or `\p{Lt}`.
        var isUppercase: Bool { bits & 1 << 10 != 0 }
        /// `\p{Ll}`.
        var isLowercase: Bool { bits & 1 << 11 != 0 }
        /// Rust's `char::is_numeric`, which knows a few numbers more.
        var isNumeric: Bool { bits & 1 << 12 != 0 }
        /// Canonical combining class; zero for a starter.
        var combiningClass: UInt8 { UInt8(truncatingIfNeeded: bits >> 16) }

        fileprivate var decomposition: Range<Int> { range(start: bits >> 32 & 0xFFFF, count: bits >> 24 & 0xF) }
        fileprivate var lowercase: Range<Int> { range(start: bits >> 48, count: bits >> 28 & 0xF) }
        var hasDecomposition: Bool { bits >> 24 & 0xF != 0 }
        var hasLowercase: Bool { bits >> 28 & 0xF != 0 }

        private func range(start: UInt64, count: UInt64) -> Range<Int> {
            let start = Int(truncatingIfNeeded: start)
            return start..<start + Int(truncatingIfNeeded: count)
        }
    }

    private let blockOfScalar: [UInt16]
    private let rowOfBlock: [UInt16]
    private let rows: [UInt64]
    private let pool: [UInt32]

    static let shared = UnicodeTables()

    private init() {
        blockOfScalar = Self.decode(UnicodeData.blockOfScalar, width: 2) { UInt16(truncatingIfNeeded: $0) }
        rowOfBlock = Self.decode(UnicodeData.rowOfBlock, width: 2) { UInt16(truncatingIfNeeded: $0) }
        rows = Self.decode(UnicodeData.rows, width: 8) { $0 }
        pool = Self.decode(UnicodeData.pool, width: 3) { UInt32(truncatingIfNeeded: $0) }
    }

    /// The properties of a scalar, which must be below 0x110000.
    @inline(__always)
    func properties(of scalar: UInt32) -> Properties {
        let block = Int(blockOfScalar[Int(scalar >> 6)])
        return Properties(bits: rows[Int(rowOfBlock[block << 6 | Int(scalar & 63)])])
    }

    /// What a scalar with ``Properties/hasDecomposition`` becomes under NFD, before reordering.
    func decomposition(_ properties: Properties) -> ArraySlice<UInt32> { pool[properties.decomposition] }

    /// What a scalar with ``Properties/hasLowercase`` becomes under `char::to_lowercase`.
    func lowercase(_ properties: Properties) -> ArraySlice<UInt32> { pool[properties.lowercase] }

    /// Little-endian numbers of `width` bytes from base64 without line breaks.
    private static func decode<Number>(_ base64: String, width: Int, _ convert: (UInt64) -> Number) -> [Number] {
        var numbers: [Number] = []
        numbers.reserveCapacity(base64.utf8.count * 3 / 4 / width)
        var (sextets, bitCount): (UInt32, UInt32) = (0, 0)
        var (number, byteCount): (UInt64, Int) = (0, 0)
        for character in base64.utf8 {
            guard let sextet = Base64.sextet(character) else { break }
            sextets = sextets << 6 | sextet
            bitCount += 6
            guard bitCount >= 8 else { continue }
            bitCount -= 8
            number |= UInt64(sextets >> bitCount & 0xFF) << UInt64(byteCount * 8)
            byteCount += 1
            guard byteCount == width else { continue }
            numbers.append(convert(number))
            (number, byteCount) = (0, 0)
        }
        return numbers
    }
}
