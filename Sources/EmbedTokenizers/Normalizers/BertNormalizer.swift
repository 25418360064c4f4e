// SPDX-License-Identifier: Apache-2.0

/// BERT's cleaning, spacing of Chinese characters, stripping of accents and lowercasing, in this order.
///
/// Follows `BertNormalizer` of Hugging Face `tokenizers`: accents go by NFD and dropping the non-spacing marks, and
/// lowercasing comes last, scalar by scalar, so that what it adds ("İ" becomes "i̇") is not stripped.
struct BertNormalizer: Sendable {
    private let cleansText: Bool
    private let spacesChineseCharacters: Bool
    private let stripsAccents: Bool
    let lowercases: Bool
    /// What each ASCII byte becomes; 0xFF when it is dropped.
    private let asciiMapping: [UInt8]
    private let tables = UnicodeTables.shared

    init(_ field: TokenizerField) throws(TokenizerError) {
        lowercases = try field.member("lowercase").bool()
        cleansText = try field.member("clean_text").bool()
        spacesChineseCharacters = try field.member("handle_chinese_chars").bool()
        stripsAccents = try field.optional("strip_accents")?.bool() ?? lowercases
        let (cleans, lowers) = (cleansText, lowercases)
        asciiMapping = (0..<128 as Range<UInt32>).map { scalar in
            let properties = UnicodeTables.shared.properties(of: scalar)
            if cleans, properties.isRemovedByCleaning { return 0xFF }
            if cleans, properties.isSpaceByCleaning { return UInt8(ascii: " ") }
            let isUppercase = scalar >= 0x41 && scalar <= 0x5A
            return UInt8(truncatingIfNeeded: lowers && isUppercase ? scalar + 0x20 : scalar)
        }
    }

    func append(_ text: Span<UInt8>, _ range: Range<Int>, to output: inout AlignedText) {
        var marks = CombiningMarks()
        var position = range.lowerBound
        while position < range.upperBound {
            if marks.isEmpty, text[position] < 0x80 {
                position = output.appendASCII(text, position..<range.upperBound, mapping: asciiMapping)
                continue
            }
            let (scalar, length) = UTF8Decoding.scalar(text, at: position)
            let source = position..<position + length
            position += length
            let properties = tables.properties(of: scalar)
            if cleansText {
                if properties.isRemovedByCleaning { continue }
                if properties.isSpaceByCleaning {
                    append(0x20, tables.properties(of: 0x20), from: source, marks: &marks, to: &output)
                    continue
                }
            }
            if spacesChineseCharacters, properties.isCJK {
                let space = tables.properties(of: 0x20)
                append(0x20, space, from: source, marks: &marks, to: &output)
                append(scalar, properties, from: source, marks: &marks, to: &output)
                append(0x20, space, from: source, marks: &marks, to: &output)
            } else {
                append(scalar, properties, from: source, marks: &marks, to: &output)
            }
        }
        flush(&marks, to: &output)
    }

    /// Whether text can be cut before a scalar: it is kept, and no accent after it can move before it.
    func isBoundary(before scalar: UInt32) -> Bool {
        let properties = tables.properties(of: scalar)
        if cleansText, properties.isRemovedByCleaning { return false }
        if !stripsAccents { return true }
        guard let first = tables.decomposition(properties).first else { return properties.combiningClass == 0 }
        return tables.properties(of: first).combiningClass == 0
    }

    /// The scalar that begins what `scalar` becomes, for printable ASCII.
    func leadingScalar(of scalar: UInt32) -> UInt32? {
        guard scalar >= 0x20, scalar < 0x7F else { return nil }
        return UInt32(asciiMapping[Int(scalar)])
    }

    /// Whether a letter or digit stays one, or becomes another, without spaces around it.
    func isInert(_ scalar: UInt32) -> Bool {
        let properties = tables.properties(of: scalar)
        if scalar >= 0x80, properties.hasLowercase { return false }
        return !properties.isRemovedByCleaning && !properties.isCJK && !properties.hasDecomposition
    }

    /// One scalar after cleaning: decomposed when accents are stripped.
    private func append(
        _ scalar: UInt32, _ properties: UnicodeTables.Properties, from source: Range<Int>,
        marks: inout CombiningMarks, to output: inout AlignedText
    ) {
        guard stripsAccents else {
            appendLowercase(scalar, properties, from: source, to: &output)
            return
        }
        marks.addSource(source, isAligned: output.isAligned)
        if let syllable = HangulSyllable(scalar) {
            appendDecomposed(syllable.leading, isFirst: true, marks: &marks, to: &output)
            appendDecomposed(syllable.vowel, isFirst: false, marks: &marks, to: &output)
            if let trailing = syllable.trailing {
                appendDecomposed(trailing, isFirst: false, marks: &marks, to: &output)
            }
        } else if properties.hasDecomposition {
            var isFirst = true
            for part in tables.decomposition(properties) {
                appendDecomposed(part, isFirst: isFirst, marks: &marks, to: &output)
                isFirst = false
            }
        } else {
            appendDecomposed(scalar, properties, isFirst: true, marks: &marks, to: &output)
        }
    }

    private func appendDecomposed(
        _ scalar: UInt32, isFirst: Bool, marks: inout CombiningMarks, to output: inout AlignedText
    ) {
        appendDecomposed(scalar, tables.properties(of: scalar), isFirst: isFirst, marks: &marks, to: &output)
    }

    /// A scalar that decomposes no further: a starter goes out, a mark waits for its place.
    private func appendDecomposed(
        _ scalar: UInt32, _ properties: UnicodeTables.Properties, isFirst: Bool,
        marks: inout CombiningMarks, to output: inout AlignedText
    ) {
        if properties.combiningClass != 0 {
            // Without alignment a mark that is stripped anyway need not be sorted.
            if output.isAligned || !properties.isNonspacingMark {
                marks.add(scalar, properties.combiningClass, isFirst: isFirst)
            }
            return
        }
        flush(&marks, to: &output)
        if isFirst { marks.takeSource() }
        if properties.isNonspacingMark { return }
        appendLowercase(scalar, properties, from: marks.lastSource, to: &output)
    }

    /// Sends out the marks that wait, in canonical order.
    private func flush(_ marks: inout CombiningMarks, to output: inout AlignedText) {
        guard !marks.isEmpty else { return }
        marks.sort()
        for mark in marks.waiting {
            if mark.isFirst { marks.takeSource() }
            let properties = tables.properties(of: mark.scalar)
            if properties.isNonspacingMark { continue }
            appendLowercase(mark.scalar, properties, from: marks.lastSource, to: &output)
        }
        marks.removeAll()
    }

    private func appendLowercase(
        _ scalar: UInt32, _ properties: UnicodeTables.Properties, from source: Range<Int>, to output: inout AlignedText
    ) {
        guard lowercases, properties.hasLowercase else {
            output.append(scalar, from: source)
            return
        }
        for lower in tables.lowercase(properties) { output.append(lower, from: source) }
    }
}
