// SPDX-License-Identifier: Apache-2.0

package import EmbedJSON

/// Makes of an image what a model takes: resized, cropped, and its bytes as numbers.
///
/// Follows `PilBackend` in Transformers' image_processing_backends.py, bit for bit.
package struct ImagePreprocessor: Sendable {
    /// Pixels of what the model takes.
    package let width: Int
    /// Pixels of what the model takes.
    package let height: Int
    /// What is transparent by its colour.
    private let laysOnWhite: Bool
    private let size: ImageTargetSize?
    private let cropSize: (width: Int, height: Int)?
    private let filter: ResampleFilter
    /// For each channel, the number that each byte becomes: `[3, 256]`.
    private let values: [Float]

    /// Reads preprocessor_config.json, or processor_config.json if that has an "image_processor".
    ///
    /// `modelType`, `model_type` of config.json, says which processor it is where the file doesn't.
    /// - Throws: ``ImagePreprocessorError`` for everything that would change pixels and isn't known.
    package init(json: JSONValue, file: String, modelType: String? = nil) throws(ImagePreprocessorError) {
        guard json.kind == .object else {
            throw .invalid(file: file, key: "the file", found: json.kind.name, expected: "an object")
        }
        let nested = json.nonNull(Self.nestedKey)
        let settings = try ImageProcessorSettings(
            nested ?? json, file: nested == nil ? file : "\(file): \(Self.nestedKey)", modelType: modelType)
        switch (settings.cropSize, settings.size) {
        case (.exact(let width, let height), _):
            cropSize = (width, height)
            (self.width, self.height) = (width, height)
        case (_, .exact(let width, let height)):
            cropSize = nil
            (self.width, self.height) = (width, height)
        case (_, _):
            throw .invalid(
                file: file, key: "do_center_crop", found: "false",
                expected: "true, or a size with height and width: the model takes images of one size")
        }
        laysOnWhite = settings.convertsToRGB
        size = settings.size
        filter = settings.filter
        values = Self.values(settings)
    }

    /// Whether a file is one to read: processor_config.json has what is asked for only since Transformers 5.
    package static func describesImages(_ json: JSONValue) -> Bool { json.nonNull(nestedKey) != nil }

    private static let nestedKey = "image_processor"

    /// An image resized and cropped: `width` × `height` pixels, black where the crop reaches beyond the image.
    ///
    /// Only what the crop keeps is computed, so that an image of one row costs no more than others.
    package func prepare(_ image: RGBImage) -> RGBImage {
        let image = laysOnWhite ? image.onWhite() : image
        let resized =
            size?.size(forWidth: image.width, height: image.height) ?? (width: image.width, height: image.height)
        let columns = Self.kept(width, of: resized.width)
        let rows = Self.kept(height, of: resized.height)
        let part = image.resized(
            toWidth: resized.width, height: resized.height, filter, columns: columns, rows: rows)
        return part.padded(toWidth: width, height: height)
    }

    /// The numbers that the model takes, a patch after the other: `[rows × columns, 3 · size · size]`.
    ///
    /// A patch's numbers stand in the order of a convolution's weights: channel, row, column. What is left over at the
    /// right and at the bottom goes into no patch, as with a convolution. The image is what ``prepare(_:)`` has made; `size`
    /// is the pixels of a patch, each way.
    package func patches(of image: RGBImage, size: Int) -> [Float] {
        let (rows, columns) = (image.height / size, image.width / size)
        var numbers = [Float](repeating: 0, count: rows * columns * 3 * size * size)
        var output = numbers.mutableSpan
        let pixels = image.pixels.span
        let values = values.span
        var position = 0
        for row in 0..<rows {
            for column in 0..<columns {
                for channel in 0..<3 {
                    let table = values.extracting(channel * 256..<(channel + 1) * 256)
                    for y in row * size..<(row + 1) * size {
                        var source = (y * image.width + column * size) * 3 + channel
                        for _ in 0..<size {
                            output[position] = table[Int(pixels[source])]
                            position += 1
                            source += 3
                        }
                    }
                }
            }
        }
        return numbers
    }

    /// Which of `count` places a centred crop keeps; all when there are too few.
    private static func kept(_ wanted: Int, of count: Int) -> Range<Int> {
        guard wanted < count else { return 0..<count }
        let start = (count - wanted) / 2
        return start..<start + wanted
    }

    /// Each byte rescaled in double precision, then normalised in single precision, as NumPy does.
    private static func values(_ settings: ImageProcessorSettings) -> [Float] {
        var values: [Float] = []
        values.reserveCapacity(3 * 256)
        for channel in 0..<3 {
            for byte in 0..<256 {
                var value = settings.rescaleFactor.map { Float(Double(byte) * $0) } ?? Float(byte)
                if let (mean, deviation) = settings.normalization {
                    value = (value - Float(mean[channel])) / Float(deviation[channel])
                }
                values.append(value)
            }
        }
        return values
    }
}

extension RGBImage {
    /// The image in the middle of a black one, where it is smaller; of an odd difference the larger half comes first.
    ///
    /// Follows `center_crop` in Transformers' image_transforms.py.
    fileprivate func padded(toWidth width: Int, height: Int) -> RGBImage {
        if width == self.width && height == self.height { return self }
        let left = (width - self.width + 1) / 2
        let top = (height - self.height + 1) / 2
        var padded = [UInt8](repeating: 0, count: width * height * 3)
        for row in 0..<self.height {
            let source = row * self.width * 3
            let target = ((top + row) * width + left) * 3
            padded.replaceSubrange(target..<target + self.width * 3, with: pixels[source..<source + self.width * 3])
        }
        return RGBImage(width: width, height: height, pixels: padded)
    }
}
