// SPDX-License-Identifier: Apache-2.0

/// How the server listens and what it lets clients do.
package struct ServerConfiguration: Sendable {
    /// Shown by `/health` and in the `server` header.
    package var version = "0"
    /// Address to listen on.
    package var host = "127.0.0.1"
    /// Port to listen on; 0 takes any free one.
    package var port = 8080
    /// Keys of which a request must bring one; with none the server is open.
    package var apiKeys: [String] = []
    /// Web pages from these origins may call; "*" is any, none closes the server to pages of others.
    package var corsOrigins = ["*"]
    /// Who may read `GET /metrics`.
    package var metricsAccess = MetricsAccess.open
    /// Whether `/docs` and `/redoc` are served.
    package var servesDocumentation = true
    /// What the OpenAPI document and the pages that show it are called.
    package var documentationTitle = "Embedder API"
    /// Of images, whatever the contract.
    package var images = ImageSettings()
    /// Of the contract of OpenAI's API.
    package var openAI = OpenAISettings()
    /// Of the Vector Embedder's contract.
    package var vectorEmbedder = VectorEmbedderSettings()
    /// Of the simple model service's contract.
    package var simpleModelService = SimpleModelServiceSettings()
    /// Of the Embeddings Generator's contract.
    package var embeddingsGenerator = EmbeddingsGeneratorSettings()
    /// What `GET /info` tells beside the models.
    package var facts = ServerFacts()
    /// Longest request body in bytes; more is answered 413.
    ///
    /// Routes of images have their own limit: see ``ImageSettings``.
    package var bodyLimit = 32 << 20
    /// Most values in a body's JSON; more is answered 400 before they cost memory, twenty bytes and more each.
    package var valueLimit = 1 << 20
    /// Bytes of all request bodies that are being received or read at the same time; more is answered 429.
    ///
    /// Bodies with images count until they are embedded. `nil` is 256 MiB, or as much as one body may have.
    package var bodyBudget: Int?
    /// Connections open at the same time; more wait in the system's backlog.
    package var maxConnections = 16_384
    /// Times and sizes that a connection must keep.
    package var connection = ConnectionLimits()

    package init() {}
}

/// Times and sizes that keep one connection from holding the server's resources.
package struct ConnectionLimits: Sendable {
    /// Bytes of a request line and its header fields together; more is answered 431.
    package var headerBytes = 16 << 10
    /// Header fields of a request; more are answered 431.
    package var headerFields = 100
    /// Time from accepting a connection to its first byte; longer closes it in silence.
    package var firstByteDeadline = Duration.seconds(10)
    /// Time from the first byte of a request to the end of its header; later is answered 408.
    package var headerDeadline = Duration.seconds(10)
    /// Time between two requests on a connection; longer closes it in silence.
    package var keepAlive = Duration.seconds(60)
    /// Time from the end of a request's header to the end of its body, and for sending a response.
    ///
    /// It grows by a second with every ``minimumRate`` bytes that have come or have to go.
    package var bodyDeadline = Duration.seconds(30)
    /// Bytes a second at which ``bodyDeadline`` grows.
    package var minimumRate = 1 << 10
    /// What is left of a refused request is read and thrown away for so long, because a client that is still sending
    /// when the connection closes never sees the answer.
    package var lingerDeadline = Duration.seconds(5)
    /// The same while the server stops, which waits for it.
    package var lastLingerDeadline = Duration.seconds(1)
    /// Most bytes of a refused request that are thrown away before the connection closes.
    package var lingerBytes = 64 << 20
    /// A refused request with no more than so many bytes left to come doesn't cost the connection.
    package var keptRemainder = 64 << 10

    package init() {}
}
