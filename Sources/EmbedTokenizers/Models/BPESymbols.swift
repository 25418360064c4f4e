// SPDX-License-Identifier: Apache-2.0

/// What a word begins as before anything merges: its bytes, or its characters.
struct BPESymbols: Sendable {
    /// With a byte-level pre-tokenizer, the id of each byte, else empty; -1 for bytes that UTF-8 doesn't have.
    let byteLevelIDs: [Int32]
    /// The mark that a byte-level word's last byte is spelled with: CLIP's "</w>".
    let suffix: [UInt8]
    /// The same as ``byteLevelIDs`` for the last byte of a word.
    private let lastByteIDs: [Int32]
    /// The id of each byte's token such as "<0xE2>", or -1; empty without `byte_fallback`.
    private let fallbackIDs: [Int32]
    private let unknownID: Int32?
    private let fusesUnknown: Bool
    /// The id of each ASCII character, or -1.
    private let asciiIDs: [Int32]

    init(_ field: TokenizerField, vocabulary: Vocabulary, isByteLevel: Bool) throws(TokenizerError) {
        fusesUnknown = try field.optional("fuse_unk")?.bool() ?? false
        let fallsBack = try field.optional("byte_fallback")?.bool() ?? false
        let unknown = try field.optional("unk_token")
        let spelling = try unknown?.utf8()
        asciiIDs = (0..<128 as Range<UInt8>).map { vocabulary.id(of: [$0]) ?? -1 }
        if isByteLevel {
            suffix = try field.optional("end_of_word_suffix")?.utf8() ?? []
            fallbackIDs = []
            // With a mark of a word's end a vocabulary may lack bytes that never end a word.
            unknownID = suffix.isEmpty ? nil : spelling.flatMap { vocabulary.id(of: $0) }
            byteLevelIDs = try Self.byteLevelIDs(field, vocabulary, suffix: [], isComplete: unknownID == nil)
            lastByteIDs =
                suffix.isEmpty
                ? byteLevelIDs
                : try Self.byteLevelIDs(field, vocabulary, suffix: suffix, isComplete: unknownID == nil)
            return
        }
        byteLevelIDs = []
        lastByteIDs = []
        suffix = []
        fallbackIDs = fallsBack ? (0..<256).map { vocabulary.id(of: Self.byteToken($0)) ?? -1 } : []
        unknownID = spelling.flatMap { vocabulary.id(of: $0) }
        if let unknown, unknownID == nil {
            throw .invalid(key: unknown.path, reason: "is \(try unknown.string()), which is not in the vocabulary")
        }
    }

    /// Whether every character becomes a symbol; otherwise some vanish, and what follows them is said to stand earlier.
    var keepsEverything: Bool {
        unknownID != nil || !byteLevelIDs.isEmpty
            || !fallbackIDs.isEmpty
                && fallbackIDs.indices.allSatisfy {
                    fallbackIDs[$0] >= 0 || !ByteAlphabet.isUTF8(UInt8(truncatingIfNeeded: $0))
                }
    }

    /// Appends the symbols of a word, which is UTF-8.
    func append(_ text: Span<UInt8>, _ word: Range<Int>, vocabulary: Vocabulary, to row: inout SymbolRow) {
        if !byteLevelIDs.isEmpty {
            appendByteLevel(text, word, to: &row)
            return
        }
        var position = word.lowerBound
        // Unknown characters that wait for the next known one: the reference adds them late, behind bytes.
        var unknownLength = 0
        while position < word.upperBound {
            let length: Int
            let id: Int32
            if text[position] < 0x80 {
                length = 1
                id = asciiIDs[Int(text[position])]
            } else {
                length = UTF8Decoding.scalar(text, at: position).length
                var hash = VocabularyHash()
                for offset in position..<position + length { hash.add(text[offset]) }
                id = vocabulary.id(prefix: nil, text, position..<position + length, hash: hash) ?? -1
            }
            if id >= 0 {
                flush(&unknownLength, to: &row)
                row.append(id, length: length)
            } else if !appendBytes(text, position..<position + length, to: &row), unknownID != nil {
                if !fusesUnknown { flush(&unknownLength, to: &row) }
                unknownLength += length
            }
            position += length
        }
        flush(&unknownLength, to: &row)
    }

    private func appendByteLevel(_ text: Span<UInt8>, _ word: Range<Int>, to row: inout SymbolRow) {
        let ids = byteLevelIDs.span
        if unknownID == nil && suffix.isEmpty {
            for position in word { row.append(ids[Int(text[position])], length: 1) }
            return
        }
        var unknownLength = 0
        for position in word {
            let isLast = position == word.upperBound - 1
            let id = isLast ? lastByteIDs[Int(text[position])] : ids[Int(text[position])]
            if id < 0, unknownID != nil {
                if !fusesUnknown { flush(&unknownLength, to: &row) }
                unknownLength += 1
            } else {
                flush(&unknownLength, to: &row)
                row.append(id, length: 1)
            }
        }
        flush(&unknownLength, to: &row)
    }

    private func flush(_ unknownLength: inout Int, to row: inout SymbolRow) {
        guard unknownLength > 0, let unknownID else { return }
        row.append(unknownID, length: unknownLength)
        unknownLength = 0
    }

    /// Appends a character's bytes if there is a token for each.
    private func appendBytes(_ text: Span<UInt8>, _ character: Range<Int>, to row: inout SymbolRow) -> Bool {
        if fallbackIDs.isEmpty { return false }
        for position in character where fallbackIDs[Int(text[position])] < 0 { return false }
        for position in character { row.append(fallbackIDs[Int(text[position])], length: 1) }
        return true
    }

    /// The id of each byte followed by `suffix`; all must be there if the vocabulary has to be complete.
    private static func byteLevelIDs(
        _ field: TokenizerField, _ vocabulary: Vocabulary, suffix: [UInt8], isComplete: Bool
    ) throws(TokenizerError) -> [Int32] {
        var ids: [Int32] = []
        for (byte, scalar) in ByteAlphabet.scalars.enumerated() {
            var spelling = AlignedText(isAligned: false)
            spelling.append(scalar, from: 0..<0)
            let bytes = Array(spelling.bytes[..<spelling.count]) + suffix
            let id = vocabulary.id(of: bytes)
            guard id != nil || !isComplete || !ByteAlphabet.isUTF8(UInt8(byte)) else {
                let token = String(decoding: bytes, as: UTF8.self)
                throw .missing(key: "\(field.path).vocab.\(token)")
            }
            ids.append(id ?? -1)
        }
        return ids
    }

    /// The spelling of a byte's token: "<0x0A>".
    private static func byteToken(_ byte: Int) -> [UInt8] {
        let digits = String(byte, radix: 16, uppercase: true)
        return Array("<0x\(digits.count < 2 ? "0" : "")\(digits)>".utf8)
    }
}
