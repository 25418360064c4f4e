// SPDX-License-Identifier: Apache-2.0

/// What becomes of the places at which a text is split.
enum SplitBehavior: String, CaseIterable, Sendable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"

    init(_ field: TokenizerField) throws(TokenizerError) {
        let spelling = try field.string()
        guard let behavior = SplitBehavior(rawValue: spelling) else {
            throw .unsupported(key: field.path, found: spelling, supported: Self.allCases.map(\.rawValue))
        }
        self = behavior
    }

    /// Puts matches and what lies between them together, in order.
    struct Sorter {
        let behavior: SplitBehavior
        private var last: (range: Range<Int>, isMatch: Bool)?

        init(_ behavior: SplitBehavior) { self.behavior = behavior }

        mutating func add(_ range: Range<Int>, isMatch: Bool, to words: inout [Range<Int>]) {
            guard let last else {
                self.last = (range, isMatch)
                return
            }
            let joins =
                switch behavior {
                case .removed, .isolated: false
                case .contiguous: last.isMatch == isMatch
                case .mergedWithPrevious: isMatch && !last.isMatch
                case .mergedWithNext: last.isMatch && !isMatch
                }
            if joins {
                self.last = (last.range.lowerBound..<range.upperBound, isMatch)
            } else {
                finish(&words)
                self.last = (range, isMatch)
            }
        }

        mutating func finish(_ words: inout [Range<Int>]) {
            guard let last else { return }
            if behavior != .removed || !last.isMatch { words.append(last.range) }
            self.last = nil
        }
    }
}
