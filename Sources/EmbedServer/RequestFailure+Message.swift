// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedJSON
import EmbedServing

extension RequestFailure {
    /// One or two sentences for the person who reads the answer: what was found, what is expected.
    ///
    /// Repeats nothing private: no texts, no keys; names are cut and stripped to printable ASCII.
    var message: String {
        switch self {
        case .malformedRequest(let reason): "The request is malformed: \(reason)."
        case .headerTooLarge(let limits):
            "The request's header is too large; at most \(limits.headerBytes) bytes in \(limits.headerFields) fields."
        case .headerTimeout: "The request's header took too long to arrive."
        case .bodyTimeout: "The request's body took too long to arrive."
        case .unknownRoute: "There is nothing at this path."
        case .wrongMethod(let allowed): "This path answers \(allowed.joined(separator: ", ")) only."
        case .missingKey: "An API key is needed: send it as \"Authorization: Bearer KEY\" or \"X-API-Key: KEY\"."
        case .wrongKey: "The API key is wrong."
        case .contentType(let found):
            "Content-Type is \"\(Self.printable(found))\"; expected application/json in UTF-8 "
                + "(curl: -H 'Content-Type: application/json')."
        case .contentEncoding(let found):
            "Content-Encoding is \"\(Self.printable(found))\"; send the body uncompressed."
        case .transferEncoding(let found):
            "Transfer-Encoding is \"\(Self.printable(found))\"; expected chunked."
        case .bodyTooLarge(let limit): "The body is too large; at most \(limit) bytes. Send fewer inputs at a time."
        case .bodyBudgetSpent: "The server is receiving too many large requests; try again."
        case .emptyBody: "The body is empty; expected a JSON object."
        case .tooManyValues(let limit):
            "The body has more than \(limit) values or token ids. Send fewer inputs at a time."
        case .invalidJSON(let error): "The body is not valid JSON: \(error)."
        case .invalidFields(let faults): faults.prefix(3).map(\.description).joined(separator: ". ") + "."
        case .refused(let reason), .unsupported(let reason): reason
        case .notReady: "Model not loaded"
        case .noModelLoaded:
            "No model is currently loaded. Model will be loaded on first embedding request."
        case .service(let error): error.message
        case .unexpected: "Something went wrong here; the server's log has the reason."
        }
    }

    /// `text` cut to 128 characters of printable ASCII.
    static func printable(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(128)
        let kept = scalars.map { $0.value >= 0x20 && $0.value < 0x7F ? Character($0) : "?" }
        return String(kept) + (scalars.count < text.unicodeScalars.count ? "…" : "")
    }
}

extension ServiceError {
    /// One or two sentences for the person who reads the answer.
    var message: String {
        switch self {
        case .invalid(let fault): fault.message
        case .unknownModel(let name, let known):
            "The model `\(RequestFailure.printable(name))` does not exist; this server has "
                + known.map { "`\($0)`" }.joined(separator: ", ") + "."
        // The sentence of the OpenAI-compatible service, whose clients may look for it; the list's file may have any name.
        case .unlistedModel: "Model is not in supported_models.txt. Update the file or choose a supported model."
        case .modelFailed(let id, _): "The model `\(id)` can't be loaded; the server's log has the reason."
        case .modelTooLarge(let id, let byteCount, let limit):
            "The model `\(id)` takes \(byteCount) bytes of memory, and all models together may have \(limit)."
        case .modelLoading(let id, _): "The model `\(id)` is being loaded; try again later."
        case .overloaded: "The server has too much to do; try again later."
        case .shuttingDown: "The server is shutting down."
        case .cancelled: "The client closed the connection."
        case .deviceFailed: "The vectors could not be computed; the server's log has the reason."
        }
    }
}

extension RequestFault {
    /// One or two sentences for the person who reads the answer.
    var message: String {
        switch self {
        case .noInputs: "There is nothing to embed; send at least one input."
        case .tooManyInputs(let count, let limit): "\(count) inputs in one request; at most \(limit)."
        case .tooManyTokens(let limit): "All inputs together have more than \(limit) tokens, the most of one request."
        case .input(let index, let error): "Input \(index) \(error.message)"
        case .dimensions(let found, let modelDimension):
            "`dimensions` is \(found); expected 1 to \(modelDimension), the dimension of the model."
        case .lateChunking(let error): "Late chunking \(error.message)"
        case .reading(.unknownPrompt(let name, let known)):
            "The model has no prompt `\(RequestFailure.printable(name))`; it has \(Self.list(known))."
        case .reading(.unknownRole(let name?, let known)):
            "The model has no part for `\(RequestFailure.printable(name))`; it has \(Self.list(known))."
        case .reading(.unknownRole(nil, let known)):
            "The model has parts for \(Self.list(known)) only; say which with `input_type` or `task`."
        }
    }

    private static func list(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.map { "`\(RequestFailure.printable($0))`" }.joined(separator: ", ")
    }
}

extension LateChunkingError {
    /// What is wrong, as the rest of a sentence that begins with late chunking.
    fileprivate var message: String {
        switch self {
        case .pooling(let found):
            "needs a model that pools by mean; this one pools by \(found.joined(separator: " and "))."
        case .tooLong(let limit):
            "reads all inputs as one document, and they have more than \(limit) tokens, the model's limit. Send fewer."
        case .tokenIDs(let index): "needs texts; input \(index) is token ids."
        case .empty(let index): "needs tokens in every input; input \(index) has none."
        }
    }
}

extension InputError {
    /// What is wrong with an input, as the rest of a sentence that begins with the input.
    fileprivate var message: String {
        switch self {
        case .tooLong(let limit): "has more than \(limit) tokens, the model's limit."
        case .emptyTokenIDs: "is an empty list of token ids."
        case .promptForTokenIDs: "is token ids, which are embedded without a prompt; send text to get one."
        case .tokenOutOfVocabulary(let id, let vocabularySize):
            "has token id \(id); the model's vocabulary has 0 to \(vocabularySize - 1)."
        case .unframedTokenIDs(let prefix, let suffix):
            "has token ids without the model's own frame ([\(Self.frame(prefix, suffix))]), so they probably come from "
                + "another tokenizer. Send text; in LangChain, set check_embedding_ctx_length=False."
        }
    }

    private static func frame(_ prefix: [Int32], _ suffix: [Int32]) -> String {
        (prefix.map { "\($0)" } + ["…"] + suffix.map { "\($0)" }).joined(separator: ", ")
    }
}
