// SPDX-License-Identifier: Apache-2.0

/// Pre-tokenizers one after the other, each splitting the words of the one before.
struct PreTokenizerSequence: Sendable {
    let preTokenizers: [PreTokenizer]

    init(_ field: TokenizerField) throws(TokenizerError) {
        var preTokenizers: [PreTokenizer] = []
        for element in try field.member("pretokenizers").elements() {
            // What Metaspace rewrites is not split again: no published model asks for it.
            guard preTokenizers.last?.metaspace == nil else {
                throw .invalid(key: element.path, reason: "stands after Metaspace, which must be the last")
            }
            preTokenizers.append(try PreTokenizer(element))
        }
        self.preTokenizers = preTokenizers
    }

    func split(_ text: AlignedText, _ range: Range<Int>, into words: inout [Range<Int>]) {
        var current = [range]
        for preTokenizer in preTokenizers {
            var next: [Range<Int>] = []
            for word in current { preTokenizer.split(text, word, into: &next) }
            current = next
        }
        words.append(contentsOf: current)
    }
}
