// SPDX-License-Identifier: Apache-2.0

/// An extended grapheme cluster (Unicode standard annex 29), found scalar by scalar.
struct GraphemeCluster {
    private enum Conjunct {
        case none
        case consonant
        case linked
    }

    private enum Pictograph {
        case none
        case extended
        case joined
    }

    private var last: GraphemeClass
    private var conjunct: Conjunct
    private var pictograph: Pictograph

    /// Begins with a scalar of a class.
    init(_ first: GraphemeClass) {
        last = first
        conjunct = first == .consonant ? .consonant : .none
        pictograph = first == .pictograph ? .extended : .none
    }

    /// Takes the next scalar.
    ///
    /// - Returns: Whether it belongs to the cluster; if not, the cluster is complete.
    mutating func takes(_ next: GraphemeClass) -> Bool {
        guard joins(next) else { return false }
        switch next {
        case .consonant: conjunct = .consonant
        case .linker: if conjunct != .none { conjunct = .linked }
        case .conjunctExtend, .joiner: break
        case .other, .control, .carriageReturn, .newline, .extend, .spacingMark, .prepend, .leadingConsonant, .vowel,
            .trailingConsonant, .openSyllable, .closedSyllable, .pictograph:
            conjunct = .none
        }
        switch next {
        case .pictograph: pictograph = .extended
        case .extend, .conjunctExtend, .linker: if pictograph == .joined { pictograph = .none }
        case .joiner: pictograph = pictograph == .extended ? .joined : .none
        case .other, .control, .carriageReturn, .newline, .spacingMark, .prepend, .leadingConsonant, .vowel,
            .trailingConsonant, .openSyllable, .closedSyllable, .consonant:
            pictograph = .none
        }
        last = next
        return true
    }

    private func joins(_ next: GraphemeClass) -> Bool {
        switch last {
        case .carriageReturn: return next == .newline
        case .control, .newline: return false
        case .other, .extend, .conjunctExtend, .linker, .joiner, .spacingMark, .prepend, .leadingConsonant, .vowel,
            .trailingConsonant, .openSyllable, .closedSyllable, .pictograph, .consonant:
            break
        }
        switch next {
        case .control, .carriageReturn, .newline: return false
        case .extend, .conjunctExtend, .linker, .joiner, .spacingMark: return true
        case .other, .prepend: return last == .prepend
        case .leadingConsonant, .openSyllable, .closedSyllable: return last == .prepend || last == .leadingConsonant
        case .vowel:
            return last == .prepend || last == .leadingConsonant || last == .openSyllable || last == .vowel
        case .trailingConsonant:
            return last == .prepend || last == .openSyllable || last == .vowel || last == .closedSyllable
                || last == .trailingConsonant
        case .pictograph: return last == .prepend || pictograph == .joined
        case .consonant: return last == .prepend || conjunct == .linked
        }
    }
}
