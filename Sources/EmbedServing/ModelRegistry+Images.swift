// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedImages

/// Images of requests.
extension ModelRegistry {
    /// Memory that the images of a request take once they are read, as the model takes them.
    func imageByteCount(of request: EmbeddingRequest, _ loaded: Loaded) -> Int {
        guard let description = loaded.model.description.images else { return 0 }
        let count = request.inputs.count { if case .image = $0 { true } else { false } }
        return count * description.width * description.height * 3
    }

    /// Reads the images among the inputs of a request, several at a time: each under its place among the inputs.
    ///
    /// - Throws: ``ServiceError``.
    func readImages(of request: EmbeddingRequest, _ loaded: Loaded) async throws -> [Int: PreparedInput] {
        var files: [(index: Int, file: [UInt8])] = []
        for (index, input) in request.inputs.enumerated() {
            if case .image(let file) = input { files.append((index, file)) }
        }
        guard let first = files.first else { return [:] }
        guard let description = loaded.model.description.images else {
            throw ServiceError.invalid(.input(index: first.index, .noImages))
        }
        let limits = settings.limits
        guard files.count <= limits.maxImagesPerRequest else {
            throw ServiceError.invalid(.tooManyImages(count: files.count, limit: limits.maxImagesPerRequest))
        }
        // Known before anything is decoded.
        guard files.count * description.rowCount <= limits.maxTokensPerRequest else {
            throw ServiceError.invalid(.tooManyTokens(limit: limits.maxTokensPerRequest))
        }
        let clock = ContinuousClock()
        let start = clock.now
        let images = try await read(files, request.imageOrientation, with: loaded.model)
        loaded.observer.didReadImages(files.count, in: clock.now - start)
        return images
    }

    private func read(
        _ files: [(index: Int, file: [UInt8])], _ orientation: RGBImage.Orientation, with model: EmbeddingModel
    ) async throws -> [Int: PreparedInput] {
        try await withThrowingTaskGroup(of: (Int, PreparedInput).self) { group in
            var images: [Int: PreparedInput] = [:]
            for (position, next) in files.enumerated() {
                // No more than can be read: those that only wait take places from other requests.
                if position >= imageReader.width, let (index, image) = try await group.next() { images[index] = image }
                group.addTask { [imageReader] in
                    (next.index, try await Self.read(next.file, orientation, at: next.index, with: model, imageReader))
                }
            }
            for try await (index, image) in group { images[index] = image }
            return images
        }
    }

    private static func read(
        _ file: [UInt8], _ orientation: RGBImage.Orientation, at index: Int, with model: EmbeddingModel,
        _ reader: ImageReader
    ) async throws -> PreparedInput {
        do {
            let pixels = try model.pixelCount(ofImage: file)
            return try await reader.read(pixels: pixels) {
                .image(try model.prepare(image: file, orientation))
            }
        } catch let error as InputError {
            throw ServiceError.invalid(.input(index: index, error))
        }
    }
}
