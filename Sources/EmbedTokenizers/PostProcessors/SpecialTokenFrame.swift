// SPDX-License-Identifier: Apache-2.0

/// The special tokens a post-processor puts around a single text; one case of `type` in tokenizer.json a file.
struct SpecialTokenFrame: Sendable {
    var prefix: [Int32]
    var suffix: [Int32]

    static let supported = ["BertProcessing", "TemplateProcessing"]

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
        case "TemplateProcessing": try self.init(templateProcessing: field)
        case let found: throw .unsupported(key: type.path, found: found, supported: Self.supported)
        }
    }
}
