// SPDX-License-Identifier: Apache-2.0

import EmbedServing

/// The dialects the server speaks, all on one port.
enum Dialects {
    static func all(
        service: any EmbeddingService, bodies: BodyReader, configuration: ServerConfiguration
    ) -> [any Dialect] {
        let images = ImageInputs(settings: configuration.images, budget: bodies.budget)
        let openAI = OpenAI(service: service, bodies: bodies, images: images, settings: configuration.openAI)
        let vectorEmbedder = VectorEmbedder(
            service: service, bodies: bodies, images: configuration.images, settings: configuration.vectorEmbedder)
        let embeddingsGenerator = EmbeddingsGenerator(service: service, configuration: configuration)
        return [
            openAI,
            vectorEmbedder,
            SimpleModelService(service: service, bodies: bodies, settings: configuration.simpleModelService),
            embeddingsGenerator,
            SharedEmbeddings(
                bodies: bodies, vectorEmbedder: vectorEmbedder, openAI: openAI,
                embeddingsGenerator: embeddingsGenerator),
            TextTools(service: service, bodies: bodies),
        ]
    }
}
