// SPDX-License-Identifier: Apache-2.0

/// How a scalar takes part in grapheme clusters (Unicode standard annex 29), as far as the reference shows it.
///
/// Probed by Scripts/fixtures/grapheme_classes.py, which numbers the cases. Regional indicators count as `other`: a flag
/// is longer than any cluster that is looked at as a whole.
enum GraphemeClass: UInt8 {
    case other
    case control
    case carriageReturn
    case newline
    case extend
    /// Extends, and may stand inside a conjunct.
    case conjunctExtend
    /// Extends, and links two consonants to a conjunct.
    case linker
    case joiner
    case spacingMark
    case prepend
    case leadingConsonant
    case vowel
    case trailingConsonant
    case openSyllable
    case closedSyllable
    case pictograph
    case consonant

    /// Whether between two of the kind there is always a border; none composes with what is before it either.
    var standsAlone: Bool {
        switch self {
        case .other, .consonant, .openSyllable, .closedSyllable: true
        case .control, .carriageReturn, .newline, .extend, .conjunctExtend, .linker, .joiner, .spacingMark, .prepend,
            .leadingConsonant, .vowel, .trailingConsonant, .pictograph:
            false
        }
    }
}
