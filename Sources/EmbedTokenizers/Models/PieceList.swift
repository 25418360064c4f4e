// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// The vocabulary of a ``Unigram`` model as the file lists it: pairs of a spelling and a score, a piece's id its position.
struct PieceList {
    let vocabulary: Vocabulary
    let trie: PieceTrie
    private(set) var scores: [Double] = []

    /// Reads the list; all spellings together may have at most `poolLimit` bytes.
    init(_ field: TokenizerField, poolLimit: Int) throws(TokenizerError) {
        guard let elements = field.value.elements else { throw field.wrongKind(expected: "an array") }
        let count = elements.count
        guard count <= Vocabulary.highestID + 1 else {
            throw .invalid(
                key: field.path, reason: "has \(count) pieces; at most \(Vocabulary.highestID + 1) are supported")
        }
        var vocabulary = Vocabulary(expectedCount: count)
        scores.reserveCapacity(count)
        var byteCount = 0
        for element in elements {
            guard let (spelling, score) = Self.pair(element), spelling.kind == .string, score.kind == .number else {
                throw .invalid(key: "\(field.path)[\(scores.count)]", reason: "is not a pair of a string and a number")
            }
            guard let number = score.withUTF8({ PieceScore.parse($0) }) else {
                throw .invalid(
                    key: "\(field.path)[\(scores.count)]", reason: "has the score \(score.rawText), which is too large")
            }
            byteCount += spelling.rawByteCount
            guard byteCount <= poolLimit else {
                throw .invalid(key: field.path, reason: "has pieces of more than \(poolLimit) bytes together")
            }
            guard spelling.withUTF8({ vocabulary.append($0) }) else { throw Self.collision(field.path) }
            scores.append(number)
        }
        guard let trie = PieceTrie.make(vocabulary) else { throw Self.collision(field.path) }
        self.vocabulary = vocabulary
        self.trie = trie
    }

    /// Takes a list that is read already; all spellings together may have at most `poolLimit` bytes.
    init(_ pieces: [ScoredPiece], poolLimit: Int) throws(TokenizerError) {
        let path = "the vocabulary"
        guard pieces.count <= Vocabulary.highestID + 1 else {
            throw .invalid(
                key: path, reason: "has \(pieces.count) pieces; at most \(Vocabulary.highestID + 1) are supported")
        }
        var vocabulary = Vocabulary(expectedCount: pieces.count)
        var byteCount = 0
        for piece in pieces {
            byteCount += piece.spelling.count
            guard byteCount <= poolLimit else {
                throw .invalid(key: path, reason: "has pieces of more than \(poolLimit) bytes together")
            }
            guard piece.score.isFinite else { throw .invalid(key: path, reason: "has a score that is not finite") }
            guard vocabulary.append(piece.spelling.span) else { throw Self.collision(path) }
        }
        guard let trie = PieceTrie.make(vocabulary) else { throw Self.collision(path) }
        self.vocabulary = vocabulary
        self.trie = trie
        scores = pieces.map(\.score)
    }

    private static func collision(_ path: String) -> TokenizerError {
        .invalid(key: path, reason: "holds too many pieces with the same hash")
    }

    private static func pair(_ element: JSONValue) -> (JSONValue, JSONValue)? {
        guard var elements = element.elements, elements.count == 2, let first = elements.next(),
            let second = elements.next()
        else { return nil }
        return (first, second)
    }
}
