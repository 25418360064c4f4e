// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedModelFiles
import EmbedTokenizers

extension SentencePieceFile {
    /// Llama's and Gemma's: no table, bytes for what is no piece, and merges that the order of the pieces implies.
    func bytePairs(_ config: TokenizerConfig) throws -> Tokenizer {
        var ids: [ArraySlice<UInt8>: Int] = [:]
        ids.reserveCapacity(model.pieces.count)
        for (id, piece) in model.pieces.enumerated() where ids.updateValue(id, forKey: piece.spelling) != nil {
            throw ModelFileError.unreadable(
                file: file, reason: "it has the piece \(String(decoding: piece.spelling, as: UTF8.self)) twice")
        }
        let found = ids
        let isGemma = kind == .gemma
        let bos = try config.token("bos_token", default: isGemma ? "<bos>" : "<s>")
        let eos = try config.token("eos_token", default: isGemma ? "<eos>" : "</s>")
        let unknown = try config.requiredToken("unk_token", default: "<unk>")
        var json = TokenizerJSON(file: file, vocabularyCount: ids.count) { found[$0[...]] }
        try json.addTokens(
            config,
            named: [
                bos, eos, unknown, config.token("sep_token"),
                config.token("pad_token", default: isGemma ? "<pad>" : nil), config.token("cls_token"),
                config.token("mask_token", default: isGemma ? "<mask>" : nil),
            ], extra: addedTokens)
        if isGemma {
            json.normalizer = { $0.replace(" ", by: "\u{2581}") }
            json.preTokenizer = { $0.split("String", " ", "MergedWithPrevious") }
        } else {
            let addsPrefixSpace = try config.settings.bool("add_prefix_space", default: true)
            let isLegacy = try config.settings.bool("legacy", default: false)
            let scheme = addsPrefixSpace ? isLegacy ? "always" : "first" : "never"
            json.preTokenizer = { $0.metaspace(prepending: scheme, splits: false) }
        }
        try json.setFrame(config, bos: bos, eos: eos)
        let merges = Self.merges(model.pieces, ids)
        json.model = { json in
            json.object { json in
                json.member("type", "BPE")
                json.member("unk_token", orNull: isGemma ? unknown.string : nil)
                json.member("fuse_unk", true)
                json.member("byte_fallback", true)
                json.member("vocab") { json in
                    json.object { json in
                        for (piece, id) in found { json.member(String(decoding: piece, as: UTF8.self), id) }
                    }
                }
                json.member("merges") { json in
                    json.array { json in
                        for (left, right) in merges {
                            json.array { json in
                                json.string(String(decoding: left, as: UTF8.self))
                                json.string(String(decoding: right, as: UTF8.self))
                            }
                        }
                    }
                }
            }
        }
        return try json.tokenizer()
    }

    /// Each pair of pieces that spells a piece: by that piece's id, then by the left one's length.
    ///
    /// Follows `generate_merges` in Transformers' tokenization_utils_base.py.
    private static func merges(
        _ pieces: [ScoredPiece], _ ids: [ArraySlice<UInt8>: Int]
    ) -> [(ArraySlice<UInt8>, ArraySlice<UInt8>)] {
        var merges: [(ArraySlice<UInt8>, ArraySlice<UInt8>)] = []
        for piece in pieces.map(\.spelling) {
            for position in piece.indices.dropFirst() where piece[position] & 0xC0 != 0x80 {
                let (left, right) = (piece[..<position], piece[position...])
                if ids[left] != nil, ids[right] != nil { merges.append((left, right)) }
            }
        }
        return merges
    }
}
