// SPDX-License-Identifier: Apache-2.0

/// The classes by which split patterns tell scalars apart; every scalar is of exactly one.
struct ScalarClass: Sendable, Equatable {
    private let bits: UInt8

    /// `\p{L}` but for the next two.
    static let letter = ScalarClass(bits: 1 << 0)
    /// `[\p{Lu}\p{Lt}]`.
    static let uppercase = ScalarClass(bits: 1 << 0 | 1 << 1)
    /// `\p{Ll}`.
    static let lowercase = ScalarClass(bits: 1 << 0 | 1 << 2)
    /// `\p{N}`.
    static let number = ScalarClass(bits: 1 << 3)
    /// `\p{M}`.
    static let mark = ScalarClass(bits: 1 << 4)
    /// `\s` but for the next two.
    static let whitespace = ScalarClass(bits: 1 << 5)
    static let space = ScalarClass(bits: 1 << 5 | 1 << 6)
    /// `[\r\n]`.
    static let newline = ScalarClass(bits: 1 << 5 | 1 << 7)
    static let other = ScalarClass(bits: 0)

    @inline(__always) var isLetter: Bool { bits & 1 << 0 != 0 }
    @inline(__always) var isNumber: Bool { bits & 1 << 3 != 0 }
    @inline(__always) var isWhitespace: Bool { bits & 1 << 5 != 0 }
    @inline(__always) var isSpace: Bool { bits & 1 << 6 != 0 }
    @inline(__always) var isNewline: Bool { bits & 1 << 7 != 0 }
    /// `[\p{L}\p{M}]`.
    @inline(__always) var isLetterOrMark: Bool { bits & (1 << 0 | 1 << 4) != 0 }
    /// `[^\s\p{L}\p{N}]`.
    @inline(__always) var isSymbol: Bool { bits & (1 << 0 | 1 << 3 | 1 << 5) == 0 }
    /// `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`.
    @inline(__always) var isUpperLike: Bool { bits & (1 << 0 | 1 << 4) != 0 && bits & 1 << 2 == 0 }
    /// `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`.
    @inline(__always) var isLowerLike: Bool { bits & (1 << 0 | 1 << 4) != 0 && bits & 1 << 1 == 0 }

    init(_ scalar: UInt32) {
        let properties = UnicodeTables.shared.properties(of: scalar)
        if properties.isLetter {
            self = properties.isUppercase ? .uppercase : properties.isLowercase ? .lowercase : .letter
        } else if properties.isNumber {
            self = .number
        } else if properties.isWhitespace {
            self = scalar == 0x20 ? .space : scalar == 0x0A || scalar == 0x0D ? .newline : .whitespace
        } else {
            self = properties.isMark ? .mark : .other
        }
    }

    private init(bits: UInt8) { self.bits = bits }
}
