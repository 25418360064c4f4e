// SPDX-License-Identifier: Apache-2.0

import EmbedServing

/// The dialects the server speaks, all on one port.
enum Dialects {
    static func all(
        service: any EmbeddingService, bodies: BodyReader, configuration: ServerConfiguration
    ) -> [any Dialect] {
        [
            OpenAI(service: service, bodies: bodies, modelsFormat: configuration.modelsFormat)
        ]
    }

    /// What is said to requests that reach no dialect: to OpenAI's clients, and to those that look for `detail`.
    static func body(of failure: RequestFailure) -> [UInt8] {
        OpenAI.body(of: failure)
    }
}
