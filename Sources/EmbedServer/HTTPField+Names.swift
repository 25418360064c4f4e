// SPDX-License-Identifier: Apache-2.0

import HTTPTypes

extension HTTPField.Name {
    static let requestID = literal("x-request-id")
    /// How many inputs of the answer were cut at the model's length.
    static let truncatedInputs = literal("x-truncated-inputs")
    /// As `Retry-After`, in milliseconds; OpenAI's SDKs look at it first.
    static let retryAfterMilliseconds = literal("retry-after-ms")
    static let xAPIKey = literal("x-api-key")
    /// Azure's.
    static let apiKey = literal("api-key")

    private static func literal(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no field name") }
        return name
    }
}
