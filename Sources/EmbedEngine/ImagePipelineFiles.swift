// SPDX-License-Identifier: Apache-2.0

import EmbedImages
import EmbedJSON
import EmbedModelFiles
import EmbedModels

/// What the files of a model say about images, before anything is on a device: weights are mapped, not read.
struct ImagePipelineFiles {
    let preprocessor: ImagePreprocessor
    let tower: ImageTower

    /// `nil` when the model embeds texts only.
    ///
    /// - Throws: ``ModelFileError`` or ``ImagePreprocessorError``.
    init?(in directory: ModelDirectory, _ config: SentenceTransformersConfig) throws {
        let pipeline = config.standardPipeline
        guard let tower = try Architectures.imageTower(in: directory, pipeline) else { return nil }
        self.tower = tower
        preprocessor = try Self.preprocessor(in: directory.subdirectory(pipeline.transformerFolder))
        guard preprocessor.width == tower.imageSize, preprocessor.height == tower.imageSize else {
            throw ModelFileError.invalidKey(
                file: "preprocessor_config.json", key: "the size of images",
                found: "\(preprocessor.width) × \(preprocessor.height) pixels",
                expected: "\(tower.imageSize) × \(tower.imageSize), which the model has positions for")
        }
    }

    var description: ImageDescription {
        ImageDescription(
            width: preprocessor.width, height: preprocessor.height, patchSize: tower.patchSize,
            rowCount: tower.sequenceLength)
    }

    /// Newer models keep what is done with images beside what is done with texts.
    private static func preprocessor(in folder: ModelDirectory) throws -> ImagePreprocessor {
        let modelType = try folder.object("config.json")?.value["model_type"]?.string
        let (newer, older) = ("processor_config.json", "preprocessor_config.json")
        if let document = try folder.json(newer), ImagePreprocessor.describesImages(document.root) {
            return try ImagePreprocessor(json: document.root, file: newer, modelType: modelType)
        }
        guard let document = try folder.json(older) else {
            throw ModelFileError.missingFile(older, hint: "it says how images are resized")
        }
        return try ImagePreprocessor(json: document.root, file: older, modelType: modelType)
    }
}
