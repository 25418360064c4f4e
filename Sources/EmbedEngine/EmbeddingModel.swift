// SPDX-License-Identifier: Apache-2.0

package import EmbedDevices
import EmbedModelFiles
import EmbedModels
package import EmbedTokenizers

/// One loaded model: texts in, vectors out.
///
/// ``prepare(_:)`` may run on any number of threads at once; ``embed(_:)`` computes on the calling thread and
/// the device's workers, one batch at a time.
package struct EmbeddingModel: Sendable {
    /// What the model is, for people and information routes.
    package internal(set) var description: ModelDescription
    let pipelines: [Pipeline]
    private let routing: Routing
    private let tokenIDPolicy: TokenIDPolicy

    /// A model of at least one pipeline; `routing` has their numbers.
    init(
        description: ModelDescription, pipelines: [Pipeline], routing: Routing, tokenIDPolicy: TokenIDPolicy
    ) {
        self.description = description
        self.pipelines = pipelines
        self.routing = routing
        self.tokenIDPolicy = tokenIDPolicy
    }

    /// The tokenizer of texts that nothing is said about.
    package var tokenizer: Tokenizer { pipelines[routing.standard ?? 0].tokenizer }

    /// How inputs are read that nothing is said about.
    package var standardReading: Reading {
        let number = routing.standard ?? 0
        return Reading(pipeline: number, prompt: pipelines[number].prompts.standard, isChosen: false)
    }

    /// How the inputs of a request are read.
    ///
    /// - Throws: ``ReadingError``.
    package func reading(_ prompt: PromptChoice, role: InputRole? = nil) throws(ReadingError) -> Reading {
        guard let number = routing.pipeline(for: role?.routeNames ?? []) else {
            throw .unknownRole(role?.name, known: routing.names)
        }
        let chosen = try pipelines[number].chosen(prompt, role)
        return Reading(pipeline: number, prompt: chosen.prompt, task: chosen.task, isChosen: chosen.isChosen)
    }

    /// Turns `input` into at most as many token ids as the model takes; the end of a longer one is cut off.
    ///
    /// Without a reading it is read by ``standardReading``.
    /// - Complexity: O(bytes up to the limit): the rest of a long text is never read.
    package func prepare(_ input: EmbeddingInput, _ reading: Reading? = nil) throws(InputError) -> TokenizedInput {
        let reading = reading ?? standardReading
        switch input {
        case .text(let text): return prepare(text[...], reading)
        case .tokenIDs(let ids):
            // A default prompt is for texts; one that was asked for must not get lost.
            guard !reading.isChosen || reading.prompt.text.isEmpty else { throw .promptForTokenIDs }
            return try prepare(ids, reading)
        }
    }

    /// Appends what the model has to compute for `input` to `rows`: one row, or several whose vectors are averaged.
    ///
    /// - Returns: Whether something of the input is in none of the rows.
    package func prepare(
        _ input: EmbeddingInput, _ reading: Reading? = nil, longTexts: LongTextPolicy,
        into rows: inout [TokenizedInput]
    ) throws(InputError) -> Bool {
        let reading = reading ?? standardReading
        let (pipeline, whole) = (pipelines[reading.pipeline], try prepare(input, reading))
        switch longTexts {
        case .cut: break
        case .refuse:
            if whole.isTruncated { throw .tooLong(limit: pipeline.maxInputTokens) }
        case .cutUpTo(let tokens):
            if exceeds(tokens, input, reading, whole) { throw .tooLong(limit: tokens) }
        case .average(let rule):
            guard case .text(let text) = input else { break }
            let specialTokens = pipeline.tokenizer.specialTokenCount
            let isShort = !whole.isTruncated && whole.tokenIDs.count - specialTokens <= rule.tokens
            if isShort { break }
            let (parts, isCut) = rule.chunks(of: text, tokenizer: pipeline.tokenizer)
            let first = rows.count
            rows += parts.map { prepare($0, reading) }
            return isCut || rows[first...].contains(where: \.isTruncated)
        }
        rows.append(whole)
        return whole.isTruncated
    }

    private func prepare(_ text: ArraySlice<UInt8>, _ reading: Reading) -> TokenizedInput {
        var input = pipelines[reading.pipeline].tokenize(text, reading.prompt)
        input.pipeline = reading.pipeline
        input.task = reading.task
        return input
    }

    /// Whether `input` has more than `limit` tokens; `whole` is its beginning as the model takes it.
    private func exceeds(_ limit: Int, _ input: EmbeddingInput, _ reading: Reading, _ whole: TokenizedInput) -> Bool {
        guard whole.isTruncated else { return whole.tokenIDs.count > limit }
        guard limit > whole.tokenIDs.count else { return true }
        switch input {
        case .text(let text):
            let tokenizer = pipelines[reading.pipeline].tokenizer
            return tokenizer.encode(reading.prompt.text + text, maxTokens: limit).isTruncated
        case .tokenIDs(let ids): return ids.count > limit
        }
    }

    /// Checks ids that a client sent, and cuts their end, keeping the frame.
    private func prepare(_ ids: [Int32], _ reading: Reading) throws(InputError) -> TokenizedInput {
        guard !ids.isEmpty else { throw .emptyTokenIDs }
        let pipeline = pipelines[reading.pipeline]
        let (tokenizer, limit, vocabularySize) = (
            pipeline.tokenizer, pipeline.maxInputTokens, pipeline.vocabularySize
        )
        if let id = ids.first(where: { $0 < 0 || $0 >= vocabularySize }) {
            throw .tokenOutOfVocabulary(id: id, vocabularySize: vocabularySize)
        }
        let (prefix, suffix) = (tokenizer.prefixIDs, tokenizer.suffixIDs)
        let isFramed =
            ids.count >= prefix.count + suffix.count && ids.starts(with: prefix)
            && ids.suffix(suffix.count) == suffix[...]
        guard isFramed || tokenIDPolicy == .any else { throw .unframedTokenIDs(prefix: prefix, suffix: suffix) }
        guard ids.count > limit else {
            return TokenizedInput(
                tokenIDs: ids, isTruncated: false, pipeline: reading.pipeline, task: reading.task)
        }
        let kept = isFramed ? ids.prefix(limit - suffix.count) + suffix[...] : ids.prefix(limit)
        return TokenizedInput(
            tokenIDs: Array(kept), isTruncated: true, pipeline: reading.pipeline, task: reading.task)
    }

    /// Computes the vectors of `inputs`, in order: `[vectors, fullDimension]`; see ``ModelDescription/output(_:areMeans:_:)``.
    ///
    /// The same input gives the same vector alone or beside others.
    /// - Throws: ``DeviceError`` when the device fails or a vector is not finite.
    package func embed(_ inputs: some Collection<TokenizedInput>) throws(DeviceError) -> [Float] {
        guard pipelines.count > 1 else { return try pipelines[0].embed(inputs) }
        let size = description.fullDimension
        var values = [Float](repeating: 0, count: inputs.reduce(0) { $0 + $1.vectorCount } * size)
        for (number, pipeline) in pipelines.enumerated() {
            let own = inputs.filter { $0.pipeline == number }
            guard !own.isEmpty else { continue }
            var found = try pipeline.embed(own)[...]
            var target = 0
            for input in inputs {
                let count = input.vectorCount * size
                if input.pipeline == number {
                    values.replaceSubrange(target..<target + count, with: found.prefix(count))
                    found = found.dropFirst(count)
                }
                target += count
            }
        }
        return values
    }
}

/// How the inputs of a request are read; made by ``EmbeddingModel/reading(_:role:)``.
package struct Reading: Sendable, Equatable {
    /// The number of the model's pipeline that reads them.
    let pipeline: Int
    let prompt: Prompt
    /// The number of the task among those the pipeline has adapters for.
    var task: Int?
    /// A client asked for it.
    let isChosen: Bool

    /// What stands before each text, in UTF-8.
    package var promptText: [UInt8] { prompt.text }
}

/// An input as the model takes it.
package struct TokenizedInput: Sendable, Equatable {
    /// At least one, all inside the vocabulary.
    package var tokenIDs: [Int32]
    /// How many of them, from the first on, are a prompt that some models leave out of pooling.
    package var promptLength: Int
    /// The end was cut off.
    package var isTruncated: Bool
    /// The tokens of each vector, where there is not one of all tokens.
    package var spans: [Range<Int>]?
    /// The number of the model's pipeline that reads it.
    package var pipeline: Int
    /// The number of its task among those the pipeline has adapters for.
    package var task: Int?

    package init(
        tokenIDs: [Int32], promptLength: Int = 0, isTruncated: Bool, spans: [Range<Int>]? = nil, pipeline: Int = 0,
        task: Int? = nil
    ) {
        self.tokenIDs = tokenIDs
        self.pipeline = pipeline
        self.task = task
        self.promptLength = promptLength
        self.isTruncated = isTruncated
        self.spans = spans
    }

    /// The number of its vectors.
    package var vectorCount: Int { spans?.count ?? 1 }
}
