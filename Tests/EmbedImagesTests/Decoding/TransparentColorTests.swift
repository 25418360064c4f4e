// SPDX-License-Identifier: Apache-2.0

import EmbedImages
import EmbedJSON
import Testing

@Suite struct TransparentColorTests {
    /// A processor that changes nothing else gives the pixels of Transformers' `convert_to_rgb`.
    @Test func laysColorsThatCannotBeSeenOnWhite() throws {
        var changed = 0
        for file in try ImageFiles.expected("") where file.upright.width <= 4096 && file.upright.height <= 4096 {
            let image = try RGBImage(decoding: ImageFiles.read(file.name), orientation: .upright)
            let settings = """
                {"image_processor_type": "CLIPImageProcessor", "do_resize": false,
                 "crop_size": {"height": \(image.height), "width": \(image.width)}}
                """
            let json = try JSONDocument(parsing: Array(settings.utf8)).root
            let prepared = try ImagePreprocessor(json: json, file: "preprocessor_config.json").prepare(image)
            #expect(ImageFiles.sha256(prepared.pixels) == file.onWhite, "\(file.name)")
            changed += file.onWhite == file.upright.sha256 ? 0 : 1
        }
        #expect(changed >= 10)
    }

    @Test func leavesThemToAProcessorThatDoesNotConvert() throws {
        let image = try RGBImage(decoding: ImageFiles.read("png-rgb-8-transparent"))
        let settings = """
            {"image_processor_type": "CLIPImageProcessor", "do_resize": false, "do_convert_rgb": false,
             "crop_size": {"height": \(image.height), "width": \(image.width)}}
            """
        let json = try JSONDocument(parsing: Array(settings.utf8)).root
        let prepared = try ImagePreprocessor(json: json, file: "preprocessor_config.json").prepare(image)
        #expect(prepared.pixels == image.pixels)
    }
}
