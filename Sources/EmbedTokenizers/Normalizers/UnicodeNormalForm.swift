// SPDX-License-Identifier: Apache-2.0

/// One of Unicode's four normal forms: NFC, NFD, NFKC or NFKD (Unicode standard annex 15).
struct UnicodeNormalForm: Sendable {
    let composes: Bool
    /// Whether compatibility decompositions are taken, such as "fi" for "ﬁ".
    let isCompatible: Bool
    private let tables = UnicodeTables.shared
    private let forms = UnicodeForms.shared

    init(composes: Bool, isCompatible: Bool) {
        self.composes = composes
        self.isCompatible = isCompatible
    }

    func append(_ text: Span<UInt8>, _ range: Range<Int>, to output: inout AlignedText) {
        var state = State(sources: SourceCursor(range))
        var position = range.lowerBound
        while position < range.upperBound {
            if !output.isAligned, state.isEmpty, text[position] < 0x80 {
                let end = endOfPlainASCII(text, position..<range.upperBound)
                if end > position {
                    output.append(text, position..<end)
                    position = end
                    continue
                }
            }
            let (scalar, length) = UTF8Decoding.scalar(text, at: position)
            position += length
            decompose(scalar, &state, text, &output)
        }
        flushMarks(&state, text, &output)
        finish(&state, text, &output)
    }

    /// Whether nothing before a scalar composes with it or moves behind it; of compatibility forms that is not asked.
    func isBoundary(before scalar: UInt32) -> Bool {
        guard !isCompatible else { return false }
        let first = tables.decomposition(tables.properties(of: scalar)).first ?? scalar
        return tables.properties(of: first).combiningClass == 0 && !forms.isSecond(first)
    }

    func isInert(_ scalar: UInt32) -> Bool {
        !tables.properties(of: scalar).hasDecomposition && !forms.properties(of: scalar).hasCompatibilityDecomposition
    }

    /// A scalar of the result, with its change; see ``SourceCursor``.
    private struct Part: CombiningScalar {
        var scalar: UInt32
        var change: Int
        let combiningClass: UInt8
    }

    private struct State {
        var sources: SourceCursor
        /// Marks whose canonical order is not known yet.
        var marks: [Part] = []
        /// The starter that later parts may compose with.
        var starter: Part?
        /// Class of the last mark that did not compose with the starter.
        var lastClass: UInt8?
        /// The marks that did not.
        var rest: [Part] = []

        var isEmpty: Bool { marks.isEmpty && starter == nil && rest.isEmpty }
    }

    /// Where ASCII at the start of a range ends on which no mark follows.
    private func endOfPlainASCII(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
        var end = range.lowerBound
        while end < range.upperBound, text[end] < 0x80 { end += 1 }
        return end < range.upperBound ? end - 1 : end
    }

    private func decompose(_ scalar: UInt32, _ state: inout State, _ text: Span<UInt8>, _ output: inout AlignedText) {
        let properties = tables.properties(of: scalar)
        if isCompatible, scalar >= 0x80, forms.properties(of: scalar).hasCompatibilityDecomposition {
            add(forms.compatibilityDecomposition(scalar), &state, text, &output)
        } else if properties.hasDecomposition {
            add(tables.decomposition(properties), &state, text, &output)
        } else if let syllable = HangulSyllable(scalar) {
            let parts = [syllable.leading, syllable.vowel] + (syllable.trailing.map { [$0] } ?? [])
            add(parts[...], &state, text, &output)
        } else {
            add(Part(scalar: scalar, change: 0, combiningClass: properties.combiningClass), &state, text, &output)
        }
    }

    private func add(
        _ scalars: ArraySlice<UInt32>, _ state: inout State, _ text: Span<UInt8>, _ output: inout AlignedText
    ) {
        for (index, scalar) in scalars.enumerated() {
            let combiningClass = tables.properties(of: scalar).combiningClass
            add(
                Part(scalar: scalar, change: index == 0 ? 0 : 1, combiningClass: combiningClass), &state, text, &output)
        }
    }

    private func add(_ part: Part, _ state: inout State, _ text: Span<UInt8>, _ output: inout AlignedText) {
        if part.combiningClass != 0 {
            state.marks.append(part)
            return
        }
        flushMarks(&state, text, &output)
        compose(part, &state, text, &output)
    }

    /// Sends the marks on, in canonical order.
    private func flushMarks(_ state: inout State, _ text: Span<UInt8>, _ output: inout AlignedText) {
        guard !state.marks.isEmpty else { return }
        var marks = state.marks
        state.marks.removeAll(keepingCapacity: true)
        marks.sortCanonically()
        for mark in marks { compose(mark, &state, text, &output) }
    }

    private func compose(_ part: Part, _ state: inout State, _ text: Span<UInt8>, _ output: inout AlignedText) {
        guard composes else {
            send(part, &state, text, &output)
            return
        }
        guard let starter = state.starter else {
            if part.combiningClass == 0 { state.starter = part } else { send(part, &state, text, &output) }
            return
        }
        let isBlocked = state.lastClass.map { $0 >= part.combiningClass } ?? false
        if !isBlocked, let composed = forms.composition(starter.scalar, part.scalar) {
            state.starter?.scalar = composed
            state.starter?.change = starter.change + part.change - 1
        } else if part.combiningClass == 0 {
            finish(&state, text, &output)
            state.starter = part
        } else {
            state.rest.append(part)
            state.lastClass = part.combiningClass
        }
    }

    /// Sends out the starter and the marks that did not compose with it.
    private func finish(_ state: inout State, _ text: Span<UInt8>, _ output: inout AlignedText) {
        if let starter = state.starter { send(starter, &state, text, &output) }
        for mark in state.rest { send(mark, &state, text, &output) }
        state.starter = nil
        state.rest.removeAll(keepingCapacity: true)
        state.lastClass = nil
    }

    private func send(_ part: Part, _ state: inout State, _ text: Span<UInt8>, _ output: inout AlignedText) {
        let source = output.isAligned ? state.sources.source(change: part.change, in: text) : 0..<0
        output.append(part.scalar, from: source)
    }
}
