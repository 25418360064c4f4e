// SPDX-License-Identifier: Apache-2.0

import EmbedImages
import EmbedJSON
import EmbedTestSupport
import Testing

@Suite struct ImagePreprocessorTests {
    /// A processor of the file's contents.
    private static func make(_ json: String, modelType: String? = nil) throws -> ImagePreprocessor {
        try ImagePreprocessor(
            json: JSONDocument(parsing: Array(json.utf8)).root, file: "preprocessor_config.json", modelType: modelType)
    }

    @Test func `Numbers are those of Transformers' processors, bit for bit`() throws {
        let cases = try #require(
            JSONDocument(parsing: Fixtures.bytes("Pixels/processors.json"), limits: .files).root.elements)
        for item in cases {
            let config = try #require(item["config"])
            let processor = try ImagePreprocessor(json: config, file: "preprocessor_config.json")
            #expect(processor.width == item["width"]?.int && processor.height == item["height"]?.int)
            for image in try #require(item["images"]?.elements) {
                let kind = try #require(image["kind"]?.int.flatMap { SeededImage(rawValue: $0) })
                let seed = UInt64(try #require(image["seed"]?.int))
                let source = kind.make(
                    seed: seed, width: try #require(image["width"]?.int), height: try #require(image["height"]?.int))
                let prepared = processor.prepare(source)
                #expect(prepared.width == processor.width && prepared.height == processor.height)
                // Patches of one pixel hold each pixel's channels side by side.
                let numbers = processor.patches(of: prepared, size: 1)
                var digest = PixelDigest()
                for channel in 0..<3 {
                    for index in stride(from: channel, to: numbers.count, by: 3) { digest.add(numbers[index]) }
                }
                #expect(digest.finish() == image["digest"]?.string, "\(config.json) \(image.json)")
            }
        }
    }

    @Test func `A patch holds its channels one after the other, each row by row`() throws {
        let processor = try Self.make(
            #"""
            {"image_processor_type": "SiglipImageProcessor", "do_resize": true, "size": {"height": 4, "width": 5},
             "do_rescale": false, "do_normalize": false}
            """#)
        let image = RGBImage(width: 5, height: 4, pixels: (0..<60).map { UInt8($0) })
        let patches = processor.patches(of: processor.prepare(image), size: 2)
        // The fifth column is no whole patch.
        #expect(patches.count == 4 * 12)
        #expect(patches[..<12] == [0, 3, 15, 18, 1, 4, 16, 19, 2, 5, 17, 20])
        #expect(patches[12..<16] == [6, 9, 21, 24])
        #expect(patches[24..<28] == [30, 33, 45, 48])
    }

    @Test func `Transformers 5 puts the image processor into processor_config.json`() throws {
        let json = #"{"image_processor": {"image_processor_type": "CLIPImageProcessor", "crop_size": 32}}"#
        let processor = try Self.make(json)
        #expect(processor.width == 32 && processor.height == 32)
        #expect(ImagePreprocessor.describesImages(try JSONDocument(parsing: Array(json.utf8)).root))
        #expect(!ImagePreprocessor.describesImages(try JSONDocument(parsing: Array("{}".utf8)).root))
    }

    @Test func `Where no file names the processor the model's type does`() throws {
        #expect(try Self.make("{}", modelType: "clip").width == 224)
        #expect(try Self.make(#"{"size": 30}"#, modelType: "vit").width == 30)
        #expect(throws: ImagePreprocessorError.self) { try Self.make("{}", modelType: "siglip2") }
    }

    @Test(arguments: [
        (#"[]"#, "the file is an array; expected an object"),
        (#"{}"#, "image_processor_type is missing"),
        (#"{"image_processor_type": "Siglip2ImageProcessor"}"#, "is \"Siglip2ImageProcessor\"; expected CLIP"),
        (#"{"feature_extractor_type": "BeitFeatureExtractor"}"#, "feature_extractor_type is \"BeitFeatureExtractor\""),
        (#"{"image_processor_type": "CLIPImageProcessor", "do_pad": true}"#, "do_pad is true; expected false"),
        (#"{"image_processor_type": "CLIPImageProcessor", "do_resize": 1}"#, "do_resize is 1; expected true or false"),
        (#"{"image_processor_type": "CLIPImageProcessor", "resample": 6}"#, "resample is 6; expected one of 0"),
        (#"{"image_processor_type": "CLIPImageProcessor", "resample": null}"#, "resample is null"),
        (#"{"image_processor_type": "CLIPImageProcessor", "size": 4097}"#, "size is 4097; expected a number of pixels"),
        (#"{"image_processor_type": "CLIPImageProcessor", "size": 0}"#, "size is 0"),
        (#"{"image_processor_type": "CLIPImageProcessor", "size": {"longest_edge": 9}}"#, "size is {\"longest_edge\""),
        (#"{"image_processor_type": "CLIPImageProcessor", "size": [1, 2, 3]}"#, "size is [1, 2, 3]"),
        (#"{"image_processor_type": "CLIPImageProcessor", "crop_size": {"shortest_edge": 9}}"#, "crop_size is {"),
        (#"{"image_processor_type": "CLIPImageProcessor", "do_center_crop": false}"#, "do_center_crop is false"),
        (#"{"image_processor_type": "CLIPImageProcessor", "image_std": [1, 0, 1]}"#, "image_std is [1, 0, 1]"),
        (#"{"image_processor_type": "CLIPImageProcessor", "image_mean": [1, 2]}"#, "image_mean is [1, 2]"),
        (#"{"image_processor_type": "CLIPImageProcessor", "rescale_factor": 1e999}"#, "rescale_factor is 1e999"),
        (#"{"image_processor_type": "SiglipImageProcessor", "do_center_crop": true}"#, "crop_size is missing"),
    ])
    func `What would change pixels and isn't known is refused by name`(json: String, expected: String) throws {
        let error = try #require(throws: ImagePreprocessorError.self) { try Self.make(json) }
        #expect(error.description.contains(expected), "\(error)")
    }
}
