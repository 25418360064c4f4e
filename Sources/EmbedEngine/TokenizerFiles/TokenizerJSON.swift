// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedModelFiles
import EmbedTokenizers

/// The tokenizer.json that Transformers makes of older files, in the making.
struct TokenizerJSON {
    /// One piece of a template around one text or two; the second text has the type given to it.
    enum TemplatePiece {
        case first
        case second(type: Int)
        case token(SpecialToken, type: Int)
    }

    typealias Part = (inout JSONWriter) -> Void

    /// The name of the file with the vocabulary, for errors.
    let file: String
    private let vocabularyCount: Int
    private let vocabularyID: ([UInt8]) -> Int?
    private(set) var tokens: [SpecialToken] = []
    private var idsOfAdded: [[UInt8]: Int] = [:]

    var normalizer: Part = { $0.null() }
    var preTokenizer: Part = { $0.null() }
    private var postProcessor: Part = { $0.null() }
    var model: Part = { $0.object { _ in } }

    init(file: String, vocabularyCount: Int, vocabularyID: @escaping ([UInt8]) -> Int?) {
        self.file = file
        self.vocabularyCount = vocabularyCount
        self.vocabularyID = vocabularyID
    }

    /// Adds the tokens that the files name, in Transformers' order, and last those of `extra` if the files name none.
    mutating func addTokens(
        _ config: TokenizerConfig, named: [SpecialToken?], extra: [SpecialToken] = []
    ) throws(ModelFileError) {
        for (_, token) in config.addedTokens { add(token) }
        let listed = Set(config.addedTokens.map(\.token.content))
        var added: Set<SpecialToken> = []
        for token in try named.compactMap(\.self) + config.namedTokens() + (config.extraTokens() ?? extra)
        where !token.content.isEmpty && !listed.contains(token.content) && added.insert(token).inserted {
            add(token)
        }
        for (id, token) in config.addedTokens where self.id(of: token) != id {
            throw config.settings.invalid(
                "the added tokens", found: "\(token.string) with id \(id)",
                expected: "\(self.id(of: token) ?? 0), which follows from \(file)")
        }
    }

    /// Adds a token; of several with one spelling the last holds.
    mutating func add(_ token: SpecialToken) {
        tokens.append(token)
        if vocabularyID(token.content) == nil, idsOfAdded[token.content] == nil {
            idsOfAdded[token.content] = vocabularyCount + idsOfAdded.count
        }
    }

    /// Looks for every token in the text as it is, where white space around it makes no difference.
    mutating func matchTokensAsWritten() {
        for index in tokens.indices {
            tokens[index].isNormalized = false
            tokens[index].stripsLeft = false
            tokens[index].stripsRight = false
        }
    }

    func id(of token: SpecialToken) -> Int? { vocabularyID(token.content) ?? idsOfAdded[token.content] }

    /// The id of a token that goes around every text.
    func requiredID(of token: SpecialToken) throws(ModelFileError) -> Int {
        guard let id = id(of: token) else {
            throw .invalidKey(file: file, key: "the tokens", found: "no \(token.string)", expected: "this token")
        }
        return id
    }

    mutating func setTemplate(single: [TemplatePiece], pair: [TemplatePiece]) throws(ModelFileError) {
        var ids: [(SpecialToken, Int)] = []
        for piece in pair + single {
            guard case .token(let token, _) = piece, !ids.contains(where: { $0.0.content == token.content }) else {
                continue
            }
            ids.append((token, try requiredID(of: token)))
        }
        let found = ids
        postProcessor = { json in
            json.object { json in
                json.member("type", "TemplateProcessing")
                json.member("single") { $0.template(single) }
                json.member("pair") { $0.template(pair) }
                json.member("special_tokens") { json in
                    json.object { json in
                        for (token, id) in found {
                            json.member(token.string) { json in
                                json.object { json in
                                    json.member("id", token.string)
                                    json.member("ids") { $0.array { $0.int(id) } }
                                    json.member("tokens") { $0.array { $0.string(token.string) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// `cls A sep`, and for two texts `cls A sep sep B sep`, with byte-level tokens' spaces out of the offsets.
    mutating func setRoberta(
        cls: SpecialToken, sep: SpecialToken, trimsOffsets: Bool, addsPrefixSpace: Bool
    ) throws(ModelFileError) {
        let (clsID, sepID) = (try requiredID(of: cls), try requiredID(of: sep))
        postProcessor = { json in
            json.object { json in
                json.member("type", "RobertaProcessing")
                json.member("sep") { $0.pair(sep.string, sepID) }
                json.member("cls") { $0.pair(cls.string, clsID) }
                json.member("trim_offsets", trimsOffsets)
                json.member("add_prefix_space", addsPrefixSpace)
            }
        }
    }

    /// What `update_post_processor` in Transformers makes: `bos A eos`, each only if it is asked for.
    mutating func setFrame(
        _ config: TokenizerConfig, bos: SpecialToken?, eos: SpecialToken?
    ) throws(ModelFileError) {
        let first = try config.settings.bool("add_bos_token", default: false) ? bos : nil
        let last = try config.settings.bool("add_eos_token", default: false) ? eos : nil
        func frame(_ text: TemplatePiece, type: Int) -> [TemplatePiece] {
            [first.map { .token($0, type: type) }, text, last.map { .token($0, type: type) }].compactMap(\.self)
        }
        let single = frame(.first, type: 0)
        try setTemplate(single: single, pair: single + frame(.second(type: 1), type: 1))
    }

    /// The tokenizer; `parts` hold what is not in `model`.
    func tokenizer(parts: ModelParts? = nil) throws -> Tokenizer {
        var json = JSONWriter(reservingCapacity: 1 << 16)
        json.object { json in
            json.member("version", "1.0")
            json.member("added_tokens") { json in
                json.array { json in for token in tokens { json.added(token, id: id(of: token) ?? 0) } }
            }
            json.member("normalizer", normalizer)
            json.member("pre_tokenizer", preTokenizer)
            json.member("post_processor", postProcessor)
            json.member("model", model)
        }
        do {
            return try Tokenizer(json: JSONDocument(parsing: json.bytes, limits: .files).root, parts: parts)
        } catch let error as TokenizerError {
            throw ModelFileError.unreadable(file: file, reason: "what it makes is no tokenizer; \(error)")
        } catch let error as JSONError {
            throw ModelFileError.unreadable(file: file, reason: "what it makes is no tokenizer; \(error)")
        }
    }
}

extension JSONWriter {
    /// An object that has nothing but a type.
    mutating func type(_ type: String) { object { $0.member("type", type) } }

    mutating func sequence(_ key: String, _ elements: [TokenizerJSON.Part]) {
        object { json in
            json.member("type", "Sequence")
            json.member(key) { json in json.array { json in for element in elements { element(&json) } } }
        }
    }

    /// A normalizer that replaces one text by another.
    mutating func replace(_ pattern: String, by content: String) { replace("String", pattern, by: content) }

    mutating func replace(_ kind: String, _ pattern: String, by content: String) {
        object { json in
            json.member("type", "Replace")
            json.member("pattern") { $0.object { $0.member(kind, pattern) } }
            json.member("content", content)
        }
    }

    mutating func metaspace(prepending scheme: String, splits: Bool) {
        object { json in
            json.member("type", "Metaspace")
            json.member("replacement", "\u{2581}")
            json.member("prepend_scheme", scheme)
            json.member("split", splits)
        }
    }

    mutating func byteLevel(addsPrefixSpace: Bool, usesPattern: Bool) {
        object { json in
            json.member("type", "ByteLevel")
            json.member("add_prefix_space", addsPrefixSpace)
            json.member("trim_offsets", true)
            json.member("use_regex", usesPattern)
        }
    }

    mutating func split(_ kind: String, _ pattern: String, _ behavior: String, isInverted: Bool = false) {
        object { json in
            json.member("type", "Split")
            json.member("pattern") { $0.object { $0.member(kind, pattern) } }
            json.member("behavior", behavior)
            json.member("invert", isInverted)
        }
    }

    fileprivate mutating func added(_ token: SpecialToken, id: Int) {
        object { json in
            json.member("id", id)
            json.member("content", token.string)
            json.member("single_word", token.isSingleWord)
            json.member("lstrip", token.stripsLeft)
            json.member("rstrip", token.stripsRight)
            json.member("normalized", token.isNormalized)
            json.member("special", token.isSpecial)
        }
    }

    fileprivate mutating func pair(_ token: String, _ id: Int) {
        array { json in
            json.string(token)
            json.int(id)
        }
    }

    fileprivate mutating func template(_ pieces: [TokenizerJSON.TemplatePiece]) {
        array { json in
            for piece in pieces {
                let (kind, name, type) =
                    switch piece {
                    case .first: ("Sequence", "A", 0)
                    case .second(let type): ("Sequence", "B", type)
                    case .token(let token, let type): ("SpecialToken", token.string, type)
                    }
                json.object { json in
                    json.member(kind) { json in
                        json.object { json in
                            json.member("id", name)
                            json.member("type_id", type)
                        }
                    }
                }
            }
        }
    }
}
