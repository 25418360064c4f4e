// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedServing

/// What is particular to images of requests.
package struct ImageSettings: Sendable {
    /// Most images of a request.
    package var maxCount = 20
    /// Most bytes of an image's file.
    package var maxByteCount = 10 << 20
    /// Brings images from addresses; `nil` refuses them.
    package var fetcher: (any ImageFetcher)?

    package init() {}

    /// Longest body of a request with `count` images: base64 makes four bytes of three, and there is room for the rest.
    func bodyLimit(count: Int) -> Int {
        // Longer ones are not parsed.
        min(count * ((maxByteCount + 2) / 3 * 4) + 1 << 20, 512 << 20)
    }
}

/// Gets the images that requests name by their address.
struct ImageInputs: Sendable {
    let settings: ImageSettings
    let budget: ByteBudget

    /// Calls `body` with the inputs of a request once all of them are here.
    ///
    /// What comes from addresses counts against the budget of bodies until then.
    func withFiles<Result>(
        of sent: [SentInput], _ body: ([EmbeddingInput]) async throws -> Result
    ) async throws -> Result {
        let images = sent.count(where: \.isImage)
        guard images <= settings.maxCount else {
            throw ServiceError.invalid(.tooManyImages(count: images, limit: settings.maxCount))
        }
        let files = try await fetch(sent)
        let byteCount = files.values.reduce(0) { $0 + $1.count }
        guard budget.take(byteCount) else { throw RequestFailure.bodyBudgetSpent }
        defer { budget.release(byteCount) }
        return try await body(
            sent.enumerated().map { index, input in
                switch input {
                case .input(let input): input
                case .imageURL: .image(files[index] ?? [])
                }
            })
    }

    /// The files at all addresses among `sent`, by their places.
    private func fetch(_ sent: [SentInput]) async throws -> [Int: [UInt8]] {
        guard sent.contains(where: { if case .imageURL = $0 { true } else { false } }) else { return [:] }
        guard let fetcher = settings.fetcher else {
            throw RequestFailure.refused(
                "Images from addresses are off; send them in base64 or as data URIs, or start the server with "
                    + "--image-urls HOST.")
        }
        return try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            for (index, input) in sent.enumerated() {
                guard case .imageURL(let url) = input else { continue }
                group.addTask { [settings] in
                    do throws(ImageFetchError) {
                        return (index, try await fetcher.image(at: url, maxByteCount: settings.maxByteCount))
                    } catch {
                        throw RequestFailure.refused("Input \(index): \(error).")
                    }
                }
            }
            var files: [Int: [UInt8]] = [:]
            for try await (index, file) in group { files[index] = file }
            return files
        }
    }
}
