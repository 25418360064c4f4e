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
        blockOfScalar = Array(base64: UnicodeData.blockOfScalar, width: 2)
        rowOfBlock = Array(base64: UnicodeData.rowOfBlock, width: 2)
        rows = Array(base64: UnicodeData.rows, width: 8)
        pool = Array(base64: UnicodeData.pool, width: 3)
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
}
