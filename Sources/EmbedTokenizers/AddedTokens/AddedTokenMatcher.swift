// SPDX-License-Identifier: Apache-2.0

/// Finds added tokens in text: the leftmost first, of those the longest, none overlapping another.
struct AddedTokenMatcher: Sendable {
    /// What the search needs to know of a token.
    struct Token: Sendable {
        let id: Int32
        let isSingleWord: Bool
        let stripsLeft: Bool
        let stripsRight: Bool
    }

    struct Match {
        let token: Token
        /// Where its spelling stands.
        let range: Range<Int>
    }

    /// A node of the trie of spellings; children form a list.
    private struct Node: Sendable {
        let byte: UInt8
        /// Index into `tokens`, or -1.
        var token: Int32 = -1
        var firstChild: Int32 = -1
        var nextSibling: Int32 = -1
    }

    private var nodes: [Node] = []
    private var tokens: [Token] = []
    /// For each first byte, its node, or -1.
    private var roots = [Int32](repeating: -1, count: 256)
    /// Whether any token swallows the white space before it.
    private(set) var stripsLeft = false

    var isEmpty: Bool { tokens.isEmpty }

    /// Adds a spelling, which is not empty; of equal ones the first stays.
    mutating func insert(_ content: [UInt8], _ token: Token) {
        guard let first = content.first else { return }
        if roots[Int(first)] < 0 {
            roots[Int(first)] = Int32(nodes.count)
            nodes.append(Node(byte: first))
        }
        var node = Int(roots[Int(first)])
        for byte in content.dropFirst() {
            if let child = child(of: node, byte) {
                node = child
            } else {
                nodes.append(Node(byte: byte, nextSibling: nodes[node].firstChild))
                nodes[node].firstChild = Int32(nodes.count - 1)
                node = nodes.count - 1
            }
        }
        guard nodes[node].token < 0 else { return }
        nodes[node].token = Int32(tokens.count)
        tokens.append(token)
        if token.stripsLeft { stripsLeft = true }
    }

    /// The first match that begins in `search..<limit`, wherever it ends.
    ///
    /// Moves `search` to where the next search begins.
    func nextMatch(in text: Span<UInt8>, search: inout Int, startingBefore limit: Int) -> Match? {
        guard !isEmpty else {
            search = max(search, limit)
            return nil
        }
        let roots = roots.span
        let end = min(limit, text.count)
        var position = search
        while position < end {
            let root = roots[Int(text[position])]
            guard root >= 0, let match = longestMatch(in: text, at: position, root: Int(root)) else {
                position += 1
                continue
            }
            position = match.range.upperBound
            if !match.token.isSingleWord || standsAlone(match.range, in: text) {
                search = position
                return match
            }
        }
        search = position
        return nil
    }

    /// The longest match that begins at a position.
    func match(in text: Span<UInt8>, at position: Int) -> Match? {
        let root = roots[Int(text[position])]
        return root >= 0 ? longestMatch(in: text, at: position, root: Int(root)) : nil
    }

    /// What a match takes out of the text: its spelling and the white space it swallows.
    ///
    /// Text before `position` has been taken already.
    func swallowedRange(of match: Match, in text: Span<UInt8>, notBefore position: Int) -> Range<Int> {
        var (start, end) = (match.range.lowerBound, match.range.upperBound)
        if match.token.stripsLeft {
            start = start < position ? position : UTF8Decoding.trimmingWhitespace(text, position..<start)
        }
        if match.token.stripsRight {
            let tables = UnicodeTables.shared
            while end < text.count {
                let (scalar, length) = UTF8Decoding.scalar(text, at: end)
                guard tables.properties(of: scalar).isWhitespace else { break }
                end += length
            }
        }
        // A token made of white space can lie wholly in what `rstrip` of the one before took.
        return min(start, end)..<end
    }

    private func longestMatch(in text: Span<UInt8>, at start: Int, root: Int) -> Match? {
        var node = root
        var position = start + 1
        var best: Match?
        while true {
            let token = nodes[node].token
            if token >= 0 { best = Match(token: tokens[Int(token)], range: start..<position) }
            guard position < text.count, let next = child(of: node, text[position]) else { return best }
            node = next
            position += 1
        }
    }

    private func child(of node: Int, _ byte: UInt8) -> Int? {
        var child = nodes[node].firstChild
        while child >= 0 {
            if nodes[Int(child)].byte == byte { return Int(child) }
            child = nodes[Int(child)].nextSibling
        }
        return nil
    }

    private func standsAlone(_ range: Range<Int>, in text: Span<UInt8>) -> Bool {
        let tables = UnicodeTables.shared
        if range.lowerBound > 0 {
            let start = UTF8Decoding.previousStart(text, before: range.lowerBound)
            if tables.properties(of: UTF8Decoding.scalar(text, at: start).scalar).isWord { return false }
        }
        guard range.upperBound < text.count else { return true }
        return !tables.properties(of: UTF8Decoding.scalar(text, at: range.upperBound).scalar).isWord
    }
}
