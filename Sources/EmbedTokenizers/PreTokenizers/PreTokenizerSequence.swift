// SPDX-License-Identifier: Apache-2.0

/// Pre-tokenizers one after the other, each splitting the words of the one before.
struct PreTokenizerSequence: Sendable {
    let isByteLevel: Bool
    let addsPrefixSpace: Bool
    /// Without those that leave every word as it is.
    private let preTokenizers: [PreTokenizer]

    init(_ field: TokenizerField) throws(TokenizerError) {
        let elements = try field.member("pretokenizers").elements()
        var preTokenizers: [PreTokenizer] = []
        for element in elements {
            // What Metaspace rewrites is not split again: no published model asks for it.
            guard preTokenizers.last?.metaspace == nil else {
                throw .invalid(key: element.path, reason: "stands after Metaspace, which must be the last")
            }
            preTokenizers.append(try PreTokenizer(element))
        }
        for (index, preTokenizer) in preTokenizers.enumerated() {
            // The others see characters, not the bytes that this one leaves; and in front of each of their words it
            // would put a space.
            if preTokenizer.isByteLevel, index != preTokenizers.count - 1 {
                throw .invalid(key: elements[index].path, reason: "is byte-level; supported: at the end")
            }
            if preTokenizer.addsPrefixSpace, index > 0 {
                throw .invalid(key: elements[index].path, reason: "adds a prefix space; supported: at the beginning")
            }
        }
        isByteLevel = preTokenizers.last?.isByteLevel ?? false
        addsPrefixSpace = preTokenizers.first?.addsPrefixSpace ?? false
        self.preTokenizers = preTokenizers.filter {
            if case .byteLevel(let byteLevel) = $0 { return byteLevel.pattern != nil }
            return true
        }
    }

    var metaspace: Metaspace? { preTokenizers.last?.metaspace }

    var onlyLengthensLastWord: Bool { preTokenizers.allSatisfy(\.onlyLengthensLastWord) }

    /// Appends the words of a range; see ``PreTokenizer/split(_:_:into:)``.
    func split(_ text: AlignedText, _ range: Range<Int>, into words: inout [Range<Int>]) -> Int {
        if preTokenizers.count == 1 { return preTokenizers[0].split(text, range, into: &words) }
        var current = [range]
        var settledEnd = range.upperBound
        for (index, preTokenizer) in preTokenizers.enumerated() {
            var next: [Range<Int>] = []
            var end = range.upperBound
            for word in current { end = preTokenizer.split(text, word, into: &next) }
            // A last word that only gets longer is one to the next pre-tokenizer that text follows.
            if index == preTokenizers.count - 1 || !preTokenizer.onlyLengthensLastWord {
                settledEnd = min(settledEnd, end)
            }
            current = next
        }
        words.append(contentsOf: current)
        return preTokenizers.isEmpty ? range.lowerBound : settledEnd
    }
}
