// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles
import EmbedTokenizers

/// What a model file of SentencePiece says: its pieces, and how text is normalised before.
///
/// Field numbers are those of sentencepiece_model.proto. What Transformers' tokenizers don't ask for is passed over.
struct SentencePieceModel {
    enum Kind: Int {
        case unigram = 1
        case bpe = 2
        case word = 3
        case char = 4
    }

    private(set) var pieces: [ScoredPiece] = []
    /// What each piece is for.
    private(set) var pieceKinds: [SentencePieceParts.PieceKind] = []
    /// Numbers of control symbols and of symbols that users defined, in order.
    private(set) var addedPieces: [(index: Int, isControl: Bool)] = []
    private(set) var kind = Kind.unigram
    /// The table of replacements; empty when there is none.
    private(set) var charsmap: ArraySlice<UInt8> = []
    private(set) var addsDummyPrefix = true
    private(set) var removesExtraSpaces = true
    private(set) var escapesSpaces = true
    private(set) var fallsBackToBytes = false
    /// Whether spaces end words instead of beginning them.
    private(set) var hasSpacesBehindWords = false

    /// The largest published have 5 MB; bounds memory.
    private static let maxByteCount = 64 << 20
    /// Most pieces: ten times the largest published vocabularies.
    private static let maxPieceCount = 1 << 22
    /// The longest piece in bytes, which bounds the time to find merges; pieces in use have up to 100.
    private static let longestPiece = 1024

    /// Reads `file` in `directory`.
    init(_ file: String, in directory: ModelDirectory) throws(ModelFileError) {
        guard let bytes = try directory.bytes(file, maxByteCount: Self.maxByteCount) else {
            throw .missingFile(file, hint: "")
        }
        do throws(ProtobufReader.Fault) {
            try read(bytes[...])
        } catch {
            throw .unreadable(
                file: file, reason: "it is no model of SentencePiece: \(error.reason) at byte \(error.offset)")
        }
        guard !pieces.isEmpty else {
            throw .unreadable(file: file, reason: "it is no model of SentencePiece: it has no pieces")
        }
    }

    private mutating func read(_ message: ArraySlice<UInt8>) throws(ProtobufReader.Fault) {
        var reader = ProtobufReader(message)
        while let field = try reader.next() {
            switch (field.number, field.value) {
            case (1, .bytes(let piece)): try readPiece(piece)
            case (2, .bytes(let trainer)): try readTrainer(trainer)
            case (3, .bytes(let normalizer)): try readNormalizer(normalizer)
            default: continue
            }
        }
    }

    private mutating func readPiece(_ message: ArraySlice<UInt8>) throws(ProtobufReader.Fault) {
        func fault(_ reason: String) -> ProtobufReader.Fault {
            ProtobufReader.Fault(reason: reason, offset: message.startIndex)
        }
        var piece = ScoredPiece(spelling: [], score: 0)
        var kind = SentencePieceParts.PieceKind.normal
        var reader = ProtobufReader(message)
        while let field = try reader.next() {
            switch (field.number, field.value) {
            case (1, .bytes(let spelling)): piece.spelling = spelling
            case (2, .fixed32(let bits)): piece.score = Double(Float(bitPattern: bits))
            // Types that don't exist are not read.
            case (3, .varint(let value)):
                kind = UInt8(exactly: value).flatMap(SentencePieceParts.PieceKind.init) ?? kind
            default: continue
            }
        }
        guard piece.spelling.count <= Self.longestPiece else {
            throw fault("a piece of more than \(Self.longestPiece) bytes")
        }
        guard String(validating: piece.spelling, as: UTF8.self) != nil else { throw fault("a piece that is not UTF-8") }
        guard piece.score.isFinite else { throw fault("a score that is not finite") }
        guard pieces.count < Self.maxPieceCount else { throw fault("more than \(Self.maxPieceCount) pieces") }
        if kind == .control || kind == .userDefined { addedPieces.append((pieces.count, kind == .control)) }
        pieces.append(piece)
        pieceKinds.append(kind)
    }

    private mutating func readTrainer(_ message: ArraySlice<UInt8>) throws(ProtobufReader.Fault) {
        var reader = ProtobufReader(message)
        while let field = try reader.next() {
            switch (field.number, field.value) {
            case (3, .varint(let value)): kind = Kind(rawValue: Int(truncatingIfNeeded: value)) ?? kind
            case (24, .varint(let value)): hasSpacesBehindWords = value != 0
            case (35, .varint(let value)): fallsBackToBytes = value != 0
            default: continue
            }
        }
    }

    private mutating func readNormalizer(_ message: ArraySlice<UInt8>) throws(ProtobufReader.Fault) {
        var reader = ProtobufReader(message)
        while let field = try reader.next() {
            switch (field.number, field.value) {
            case (2, .bytes(let table)): charsmap = table
            case (3, .varint(let value)): addsDummyPrefix = value != 0
            case (4, .varint(let value)): removesExtraSpaces = value != 0
            case (5, .varint(let value)): escapesSpaces = value != 0
            default: continue
            }
        }
    }
}
