// SPDX-License-Identifier: Apache-2.0

/// The special tokens a post-processor puts around two texts, and the type of each token.
///
/// Two kinds of post-processor make it: those that frame each text for itself, and templates, which say what comes where.
struct PairFrame: Sendable {
    /// What is done to one of the texts.
    struct Side: Sendable {
        var prefix: [Int32] = []
        var suffix: [Int32] = []
        /// The type of all its tokens; `nil` in a post-processor that leaves it as it is.
        var typeID: UInt32?
        var trimmings: [OffsetTrimming] = []
        /// How many of `prefix` later post-processors take for the text's own.
        var joinedCount = 0
    }

    /// A part of a template.
    enum Piece: Sendable {
        case first
        case second
        case token(Int32, typeID: UInt32)
    }

    var first: Side
    var second: Side
    /// The template, when there is one: what a side has in front and behind stays with it.
    var pieces: [Piece]?

    init(first: Side = Side(), second: Side = Side()) {
        self.first = first
        self.second = second
    }

    /// How many tokens are not of the texts.
    var tokenCount: Int { ids.count }

    /// The ids that it puts anywhere.
    var ids: [Int32] {
        var ids = first.prefix + first.suffix
        ids += second.prefix + second.suffix
        for case .token(let id, _) in pieces ?? [] { ids.append(id) }
        return ids
    }

    /// The same without special tokens; order and types stay.
    var withoutTokens: PairFrame {
        func bare(_ side: Side) -> Side {
            Side(
                typeID: side.typeID,
                trimmings: side.trimmings.map { OffsetTrimming(addsPrefixSpace: $0.addsPrefixSpace) })
        }
        var frame = PairFrame(first: bare(first), second: bare(second))
        frame.pieces = pieces?.filter { if case .token = $0 { false } else { true } }
        return frame
    }

    /// Puts another frame around what this one makes.
    mutating func surround(with outer: PairFrame) {
        let standsApart = pieces != nil
        Self.surround(&first, with: outer.first, standsApart: standsApart)
        Self.surround(&second, with: outer.second, standsApart: standsApart)
        if let pieces = outer.pieces { self.pieces = pieces }
    }

    private static func surround(_ side: inout Side, with outer: Side, standsApart: Bool) {
        for var trimming in outer.trimmings {
            trimming.prefixCount += side.joinedCount
            side.trimmings.append(trimming)
        }
        side.typeID = outer.typeID ?? side.typeID
        side.prefix = outer.prefix + side.prefix
        side.suffix += outer.suffix
        if !standsApart { side.joinedCount = side.prefix.count }
    }
}

extension PairFrame {
    /// A template for two texts, each of which must stand there once; nothing when it is another one.
    init?(template field: TokenizerField, specialTokens: TokenizerField) throws(TokenizerError) {
        var frame = PairFrame()
        var pieces: [Piece] = []
        for piece in try field.elements() {
            if let sequence = try piece.optional("Sequence") {
                let typeID = UInt32(try sequence.member("type_id").int(in: 0...Int(Int32.max)))
                let name = try sequence.member("id").string()
                if name == "A", frame.first.typeID == nil {
                    frame.first.typeID = typeID
                    pieces.append(.first)
                } else if name == "B", frame.second.typeID == nil {
                    frame.second.typeID = typeID
                    pieces.append(.second)
                } else {
                    return nil
                }
                continue
            }
            let token = try piece.member("SpecialToken")
            let typeID = UInt32(try token.member("type_id").int(in: 0...Int(Int32.max)))
            let ids = try specialTokens.member(try token.member("id").string()).member("ids")
            for id in try ids.elements() { pieces.append(.token(try id.id(), typeID: typeID)) }
        }
        guard frame.first.typeID != nil, frame.second.typeID != nil else { return nil }
        frame.pieces = pieces
        self = frame
    }
}
