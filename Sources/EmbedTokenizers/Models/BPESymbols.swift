// SPDX-License-Identifier: Apache-2.0

/// What a word begins as before anything merges: its bytes, or its characters.
struct BPESymbols: Sendable {
    /// With a byte-level pre-tokenizer, the id of each byte, else empty; -1 for bytes that UTF-8 doesn't have.
    let byteLevelIDs: [Int32]
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
            byteLevelIDs = try Self.byteLevelIDs(field, vocabulary)
            fallbackIDs = []
            unknownID = nil
            return
        }
        byteLevelIDs = []
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
            let ids = byteLevelIDs.span
            for position in word { row.append(ids[Int(text[position])], length: 1) }
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

    private static func byteLevelIDs(
        _ field: TokenizerField, _ vocabulary: Vocabulary
    ) throws(TokenizerError) -> [Int32] {
        var ids: [Int32] = []
        for (byte, scalar) in ByteAlphabet.scalars.enumerated() {
            var spelling = AlignedText(isAligned: false)
            spelling.append(scalar, from: 0..<0)
            let id = vocabulary.id(of: Array(spelling.bytes[..<spelling.count]))
            guard id != nil || !ByteAlphabet.isUTF8(UInt8(byte)) else {
                let token = String(decoding: spelling.bytes[..<spelling.count], as: UTF8.self)
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
