// SPDX-License-Identifier: Apache-2.0

/// The special tokens a post-processor puts around a single text, and those around two; one case of `type` in
/// tokenizer.json a file.
struct SpecialTokenFrame: Sendable {
    var prefix: [Int32]
    var suffix: [Int32]
    /// Whether a text that ends with the suffix already gets no second one.
    var endsOnce = false
    /// Whether post-processors that follow see the special tokens apart from the text.
    var standsApart = false
    /// What is done to the offsets of the text's tokens, with the frame or without.
    var trimmings: [OffsetTrimming] = []
    /// The frame around two texts; nothing when the file's can't be described.
    var pair: PairFrame? = PairFrame()

    static let supported = ["BertProcessing", "ByteLevel", "RobertaProcessing", "Sequence", "TemplateProcessing"]

    init(prefix: [Int32], suffix: [Int32]) {
        self.prefix = prefix
        self.suffix = suffix
    }

    /// Reads "post_processor"; without one there is no frame.
    init(_ field: TokenizerField?) throws(TokenizerError) {
        guard let field else {
            self.init(prefix: [], suffix: [])
            return
        }
        let type = try field.member("type")
        switch try type.string() {
        case "BertProcessing": try self.init(bertProcessing: field)
        case "ByteLevel": try self.init(byteLevel: field)
        case "RobertaProcessing": try self.init(robertaProcessing: field)
        case "Sequence": try self.init(sequence: field)
        case "TemplateProcessing": try self.init(templateProcessing: field)
        case let found: throw .unsupported(key: type.path, found: found, supported: Self.supported)
        }
    }

    /// The same without special tokens.
    var withoutTokens: SpecialTokenFrame {
        var bare = SpecialTokenFrame(prefix: [], suffix: [])
        bare.trimmings = trimmings.map { OffsetTrimming(addsPrefixSpace: $0.addsPrefixSpace) }
        return bare
    }
}
