// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedTokenizers

/// What requests ask of models.
extension ModelRegistry {
    package func embed(_ request: EmbeddingRequest) async throws -> EmbeddingResponse {
        try await use(request.model, keepAlive: request.keepAlive) { try await embed(request, with: $0) }
    }

    package func tokenize(_ request: TokenizeRequest) async throws -> TokenizeResponse {
        try await use(request.model) { try await tokenize(request, with: $0) }
    }

    private func tokenize(_ request: TokenizeRequest, with loaded: Loaded) async throws -> TokenizeResponse {
        let (limits, tokenizer) = (settings.limits, loaded.model.tokenizer)
        guard request.texts.count <= limits.maxInputsPerRequest else {
            throw ServiceError.invalid(
                .tooManyInputs(count: request.texts.count, limit: limits.maxInputsPerRequest))
        }
        let prompt = try prompt(named: request.promptName, of: loaded.model.description)
        var texts: [[Token]] = []
        var count = 0
        for (index, text) in request.texts.enumerated() {
            let encoding = tokenizer.encode(
                prompt + text, maxTokens: limits.maxTokensPerRequest - count,
                addSpecialTokens: request.addsSpecialTokens,
                offsets: true)
            count += encoding.ids.count
            guard !encoding.isTruncated, count <= limits.maxTokensPerRequest else {
                throw ServiceError.invalid(.tooManyTokens(limit: limits.maxTokensPerRequest))
            }
            let isSpecial = encoding.specialTokensMask
            texts.append(
                encoding.ids.indices.map { token in
                    Token(
                        id: encoding.ids[token], text: tokenizer.token(for: encoding.ids[token]) ?? "",
                        range: isSpecial[token] ? nil : encoding.offsets[token])
                })
            try await giveWay(after: index)
        }
        return TokenizeResponse(model: loaded.id, texts: texts)
    }

    /// The text of the model's prompt called `name`, none without one.
    ///
    /// Not a ``Reading``: what the texts are for says nothing here, and a Router may have no pipeline for that.
    private func prompt(
        named name: String?, of description: ModelDescription
    ) throws(ServiceError) -> [UInt8] {
        guard let name else { return [] }
        guard let prompt = description.prompts[name] else {
            throw .invalid(.reading(.unknownPrompt(name, known: description.prompts.keys.sorted())))
        }
        return Array(prompt.utf8)
    }

    private func embed(
        _ request: EmbeddingRequest, with loaded: Loaded
    ) async throws -> EmbeddingResponse {
        let description = loaded.model.description
        let full = description.fullDimension
        try check(request, dimension: full)
        let imageBytes = imageByteCount(of: request, loaded)
        guard imageBudget.take(imageBytes, orAlone: true) else {
            throw ServiceError.overloaded(retryAfter: .seconds(1))
        }
        defer { imageBudget.release(imageBytes) }
        let prepared =
            request.usesLateChunking ? try prepareDocument(request, loaded) : try await prepare(request, loaded)
        var values = try await loaded.batcher.vectors(of: prepared.rows)
        if let counts = prepared.rowCounts { values = Vectors.means(of: values, dimension: full, counts: counts) }
        let output = description.output(
            values, areMeans: prepared.rowCounts != nil,
            OutputOptions(
                dimensions: request.dimensions, normalizes: request.normalization == .always,
                matryoshka: settings.matryoshka))
        return EmbeddingResponse(
            model: loaded.id, values: output.values, dimension: output.dimension, tokenCounts: prepared.tokenCounts,
            truncatedInputs: prepared.truncatedInputs)
    }

    private func check(_ request: EmbeddingRequest, dimension: Int) throws(ServiceError) {
        let limits = settings.limits
        guard !request.inputs.isEmpty else { throw .invalid(.noInputs) }
        guard request.inputs.count <= limits.maxInputsPerRequest else {
            throw .invalid(.tooManyInputs(count: request.inputs.count, limit: limits.maxInputsPerRequest))
        }
        if let wanted = request.dimensions, wanted < 1 || wanted > dimension {
            throw .invalid(.dimensions(found: wanted, modelDimension: dimension))
        }
    }

    /// What the model has to compute for a request.
    private struct Prepared {
        var rows: [PreparedInput] = []
        /// Rows of each input; `nil` when each has one.
        var rowCounts: [Int]?
        var tokenCounts: [Int] = []
        var truncatedInputs = 0

        mutating func finishInput(rowsBefore: Int, isTruncated: Bool) {
            let count = rows.count - rowsBefore
            if rowCounts != nil || count != 1 {
                rowCounts = (rowCounts ?? [Int](repeating: 1, count: tokenCounts.count)) + [count]
            }
            tokenCounts.append(rows[rowsBefore...].reduce(0) { $0 + $1.rowCount })
            truncatedInputs += isTruncated ? 1 : 0
        }
    }

    /// Tokenizes all inputs of a request, giving way to other requests now and then.
    private func prepare(_ request: EmbeddingRequest, _ loaded: Loaded) async throws -> Prepared {
        let clock = ContinuousClock()
        let start = clock.now
        var prepared = Prepared()
        prepared.rows.reserveCapacity(request.inputs.count)
        prepared.tokenCounts.reserveCapacity(request.inputs.count)
        var images = try await readImages(of: request, loaded)
        let reading = try reading(request.prompt, role: request.role, loaded)
        var tokens = 0
        for (index, input) in request.inputs.enumerated() {
            let rowsBefore = prepared.rows.count
            if let image = images.removeValue(forKey: index) {
                prepared.rows.append(image)
                prepared.finishInput(rowsBefore: rowsBefore, isTruncated: false)
            } else {
                do throws(InputError) {
                    let isTruncated = try loaded.model.prepare(
                        input, reading, longTexts: request.longTexts, into: &prepared.rows)
                    prepared.finishInput(rowsBefore: rowsBefore, isTruncated: isTruncated)
                } catch {
                    throw ServiceError.invalid(.input(index: index, error))
                }
            }
            tokens += prepared.tokenCounts[index]
            guard tokens <= settings.limits.maxTokensPerRequest else {
                throw ServiceError.invalid(.tooManyTokens(limit: settings.limits.maxTokensPerRequest))
            }
            try await giveWay(after: index)
        }
        loaded.observer.didTokenize(
            inputs: request.inputs.count, tokens: tokens, truncatedInputs: prepared.truncatedInputs,
            in: clock.now - start)
        return prepared
    }

    /// Tokenizes the inputs of a request as the parts of one document.
    private func prepareDocument(_ request: EmbeddingRequest, _ loaded: Loaded) throws(ServiceError) -> Prepared {
        let clock = ContinuousClock()
        let start = clock.now
        let reading = try reading(request.prompt, role: request.role, loaded)
        let document: TokenizedInput
        do throws(LateChunkingError) {
            document = try loaded.model.prepare(document: request.inputs, reading)
        } catch {
            throw .invalid(.lateChunking(error))
        }
        let limit = settings.limits.maxTokensPerRequest
        guard document.tokenIDs.count <= limit else { throw .invalid(.tooManyTokens(limit: limit)) }
        var counts = document.spans?.map(\.count) ?? []
        // The prompt and the special tokens, which belong to no part, count for the first.
        counts[0] += document.tokenIDs.count - counts.reduce(0, +)
        loaded.observer.didTokenize(
            inputs: request.inputs.count, tokens: document.tokenIDs.count, truncatedInputs: 0, in: clock.now - start)
        return Prepared(rows: [.text(document)], tokenCounts: counts)
    }

    private func reading(
        _ prompt: PromptChoice, role: InputRole?, _ loaded: Loaded
    ) throws(ServiceError) -> Reading {
        do throws(ReadingError) {
            return try loaded.model.reading(prompt, role: role)
        } catch {
            throw .invalid(.reading(error))
        }
    }

    /// Lets other tasks run after every 32nd input: about every millisecond of tokenizing.
    private func giveWay(after index: Int) async throws {
        guard index % 32 == 31 else { return }
        guard !Task.isCancelled else { throw ServiceError.cancelled }
        await Task.yield()
    }
}
