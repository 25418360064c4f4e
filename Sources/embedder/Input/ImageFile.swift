// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedEngine
import EmbedJSON
import Glibc

/// Image files that `embedder embed` is given.
enum ImageFile {
    /// The image in the file at `path` as `model` takes it; `id` is what the user calls the model.
    static func prepared(_ path: String, by model: EmbeddingModel, id: String) throws -> PreparedInput {
        guard model.description.supportsImages else { throw refused(by: id) }
        let file = try bytes(path)
        do throws(InputError) {
            return try model.prepare(.image(file))
        } catch {
            switch error {
            case .image(let error): throw ValidationError("\(path): \(error).")
            case .noImages, .tooLong, .emptyTokenIDs, .tokenOutOfVocabulary, .unframedTokenIDs, .promptForTokenIDs:
                throw ValidationError("\(path): \(error).")
            }
        }
    }

    /// All bytes of the file; more than any image has are a mistake.
    private static func bytes(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "re") else { throw failure(path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 18)
        while case let count = fread(&block, 1, block.count, file), count > 0 {
            bytes += block[..<count]
            guard bytes.count <= maxByteCount else { throw ValidationError("\(path) is too large for an image.") }
        }
        guard ferror(file) == 0 else { throw failure(path) }
        return bytes
    }

    private static let maxByteCount = 1 << 30

    private static func failure(_ path: String) -> ValidationError {
        ValidationError("can't read \(path): \(String(cString: strerror(errno))).")
    }

    /// What the output calls the image at `path`, as JSON.
    static func id(_ path: String) -> String {
        var json = JSONWriter()
        json.string(path)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    static func refused(by model: String) -> ValidationError {
        ValidationError(
            "\(model) embeds texts only; images need a model such as sentence-transformers/clip-ViT-B-32.")
    }
}
