// SPDX-License-Identifier: Apache-2.0

/// A precomposed Hangul syllable, which decomposes by arithmetic (Unicode standard, section 3.12).
struct HangulSyllable {
    let leading: UInt32
    let vowel: UInt32
    let trailing: UInt32?

    /// Nothing when `scalar` is no such syllable.
    @inline(__always)
    init?(_ scalar: UInt32) {
        guard scalar >= 0xAC00, scalar < 0xD7A4 else { return nil }
        let index = scalar - 0xAC00
        leading = 0x1100 + index / 588
        vowel = 0x1161 + index % 588 / 28
        trailing = index % 28 == 0 ? nil : 0x11A7 + index % 28
    }

    /// The syllable that two neighbours compose to: a consonant and a vowel, or an open syllable and a final consonant.
    static func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if first >= 0x1100, first < 0x1113, second >= 0x1161, second < 0x1176 {
            return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28
        }
        if first >= 0xAC00, first < 0xD7A4, (first - 0xAC00) % 28 == 0, second > 0x11A7, second < 0x11C3 {
            return first + second - 0x11A7
        }
        return nil
    }

    /// Whether a scalar is a vowel or final consonant that may go into the syllable before it.
    static func isTrailingPart(_ scalar: UInt32) -> Bool {
        (0x1161...0x1175).contains(scalar) || (0x11A8...0x11C2).contains(scalar)
    }
}
