// SPDX-License-Identifier: Apache-2.0

package import EmbedDevices
package import EmbedImages
import EmbedModelFiles
import EmbedModels
package import EmbedTokenizers

/// One loaded model: texts and, with some models, images in, vectors out.
///
/// ``prepare(_:_:)`` may run on any number of threads at once; ``embed(_:)`` computes on the calling thread and
/// the device's workers, one batch at a time.
package struct EmbeddingModel: Sendable {
    /// What the model is, for people and information routes.
    package internal(set) var description: ModelDescription
    let pipelines: [Pipeline]
    /// What embeds images; `nil` in models of texts only.
    let images: ImagePipeline?
    private let routing: Routing
    private let tokenIDPolicy: TokenIDPolicy

    /// A model of at least one pipeline; `routing` has their numbers.
    init(
        description: ModelDescription, pipelines: [Pipeline], images: ImagePipeline? = nil, routing: Routing,
        tokenIDPolicy: TokenIDPolicy
    ) {
        self.description = description
        self.pipelines = pipelines
        self.images = images
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

    /// Turns `input` into what the model takes: at most so many token ids, where the end of a longer text is cut off, or
    /// the pixels of an image.
    ///
    /// Without a reading it is read by ``standardReading``; images are turned upright.
    /// - Complexity: O(bytes up to the limit): the rest of a long text is never read. An image is decoded.
    package func prepare(_ input: EmbeddingInput, _ reading: Reading? = nil) throws(InputError) -> PreparedInput {
        let reading = reading ?? standardReading
        switch input {
        case .text(let text): return .text(prepare(text[...], reading))
        case .tokenIDs(let ids):
            // A default prompt is for texts; one that was asked for must not get lost.
            guard !reading.isChosen || reading.prompt.text.isEmpty else { throw .promptForTokenIDs }
            return .text(try prepare(ids, reading))
        case .image(let file): return .image(try prepare(image: file))
        }
    }

    /// Decodes an image file, and resizes the image as the model wants it.
    package func prepare(
        image file: [UInt8], _ orientation: RGBImage.Orientation = .upright
    ) throws(InputError) -> PreparedImage {
        guard let images else { throw .noImages }
        return try images.prepare(file, orientation)
    }

    /// The pixels that decoding an image file takes, by what its header says.
    ///
    /// - Throws: ``InputError`` when there is no header of an image.
    package func pixelCount(ofImage file: [UInt8]) throws(InputError) -> Int {
        guard let images else { throw .noImages }
        return try images.pixelCount(of: file)
    }

    /// Appends what the model has to compute for `input` to `rows`: one row, or several whose vectors are averaged.
    ///
    /// - Returns: Whether something of the input is in none of the rows.
    package func prepare(
        _ input: EmbeddingInput, _ reading: Reading? = nil, longTexts: LongTextPolicy,
        into rows: inout [PreparedInput]
    ) throws(InputError) -> Bool {
        let reading = reading ?? standardReading
        let (pipeline, prepared) = (pipelines[reading.pipeline], try prepare(input, reading))
        guard case .text(let whole) = prepared else {
            rows.append(prepared)
            return false
        }
        switch longTexts {
        case .cut: break
        case .refuse:
            if whole.isTruncated { throw .tooLong(limit: pipeline.maxInputTokens) }
        case .cutUpTo(let tokens):
            if exceeds(tokens, input, reading, whole) { throw .tooLong(limit: tokens) }
        case .average(let rule):
            guard case .text(let text) = input, images == nil else { break }
            let specialTokens = pipeline.tokenizer.specialTokenCount
            let isShort = !whole.isTruncated && whole.tokenIDs.count - specialTokens <= rule.tokens
            if isShort { break }
            let (parts, isCut) = rule.chunks(of: text, tokenizer: pipeline.tokenizer)
            let first = rows.count
            rows += parts.map { .text(prepare($0, reading)) }
            return isCut || rows[first...].contains(where: \.isTruncated)
        }
        rows.append(prepared)
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
        case .image: return false
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
                tokenIDs: pipeline.padded(ids), isTruncated: false, pipeline: reading.pipeline, task: reading.task)
        }
        let kept = isFramed ? ids.prefix(limit - suffix.count) + suffix[...] : ids.prefix(limit)
        return TokenizedInput(
            tokenIDs: pipeline.padded(Array(kept)), isTruncated: true, pipeline: reading.pipeline, task: reading.task)
    }

    /// Computes the vectors of `inputs`, in order: `[vectors, fullDimension]`; see ``ModelDescription/output(_:areMeans:_:)``.
    ///
    /// The same input gives the same vector alone or beside others.
    /// - Throws: ``DeviceError`` when the device fails or a vector is not finite.
    package func embed(_ inputs: some Collection<PreparedInput>) throws(DeviceError) -> [Float] {
        guard let first = inputs.first?.tower else { return [] }
        if inputs.allSatisfy({ $0.tower == first }) { return try embed(inputs, by: first) }
        let size = description.fullDimension
        var values = [Float](repeating: 0, count: inputs.reduce(0) { $0 + $1.vectorCount } * size)
        for tower in Set(inputs.map(\.tower)) {
            var rest = try embed(inputs.filter { $0.tower == tower }, by: tower)[...]
            var target = 0
            for input in inputs {
                let count = input.vectorCount * size
                if input.tower == tower {
                    values.replaceSubrange(target..<target + count, with: rest.prefix(count))
                    rest = rest.dropFirst(count)
                }
                target += count
            }
        }
        return values
    }

    /// Computes the vectors of inputs that all go through one transformer.
    private func embed(
        _ inputs: some Collection<PreparedInput>, by tower: Tower
    ) throws(DeviceError) -> [Float] {
        switch tower {
        case .text(let pipeline): return try pipelines[pipeline].embed(inputs.compactMap(\.text))
        case .image: return try images?.embed(inputs.compactMap(\.image)) ?? []
        }
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
