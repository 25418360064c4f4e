// SPDX-License-Identifier: Apache-2.0

/// Text in lower case without punctuation, words a space apart: what SigLIP's tokenizer makes of text first of all.
///
/// Follows `canonicalize_text` in Transformers' tokenization_siglip.py, with Python's `lower`, and with what `tokenize` does
/// there before: "▁" counts as a space, and a text begins with one "▁". Lower case is that of the tables' Unicode, which
/// knows a few capitals more than older Pythons.
struct CanonicalText: Sendable {
    static let mark: UInt32 = 0x2581

    let lowercases: Bool
    private let tables = UnicodeTables.shared

    init(lowercases: Bool) { self.lowercases = lowercases }

    /// Appends what a range of `text` becomes, behind "▁" where it `beginsText`.
    func append(_ text: Span<UInt8>, _ range: Range<Int>, beginsText: Bool, to output: inout AlignedText) {
        let start = output.count
        if beginsText { output.append(Self.mark, from: range.lowerBound..<range.lowerBound) }
        /// The first white space since the last character.
        var space: Range<Int>?
        var position = range.lowerBound
        while position < range.upperBound {
            let (scalar, length) = UTF8Decoding.scalar(text, at: position)
            let source = position..<position + length
            position += length
            if PythonText.isPunctuation(scalar) { continue }
            if scalar == Self.mark || PythonText.isSpace(scalar) {
                space = space ?? source
                continue
            }
            if let space, output.count > start { output.append(0x20, from: space) }
            space = nil
            append(scalar, source, text, range, to: &output)
        }
    }

    private func append(
        _ scalar: UInt32, _ source: Range<Int>, _ text: Span<UInt8>, _ range: Range<Int>, to output: inout AlignedText
    ) {
        guard lowercases else {
            output.append(scalar, from: source)
            return
        }
        if scalar < 0x80 {
            output.append(0x41...0x5A ~= scalar ? scalar + 0x20 : scalar, from: source)
            return
        }
        let properties = tables.properties(of: scalar)
        if scalar == 0x3A3, PythonText.isFinalSigma(text, range, at: source.lowerBound) {
            output.append(0x3C2, from: source)
        } else if properties.hasLowercase {
            for lower in tables.lowercase(properties) { output.append(lower, from: source) }
        } else {
            output.append(scalar, from: source)
        }
    }
}
