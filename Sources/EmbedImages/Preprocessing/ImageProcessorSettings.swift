// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// What preprocessor_config.json, or "image_processor" in processor_config.json, says to do with an image.
///
/// Follows `_set_attributes` in Transformers' image_processing_utils.py: a key that is missing leaves what the class does by
/// itself, and null is no value: a flag that is off, and a mistake where something else is needed. Keys that its class doesn't look at, such as "do_flip", are not looked at here either.
struct ImageProcessorSettings {
    /// Whether images that are no plain RGB become that by the processor, which lays what is transparent on white.
    let convertsToRGB: Bool
    let size: ImageTargetSize?
    let cropSize: ImageTargetSize?
    let filter: ResampleFilter
    /// What bytes are multiplied with, if anything.
    let rescaleFactor: Double?
    /// For each channel, what is taken off and what then is divided by, if anything.
    let normalization: (mean: [Double], deviation: [Double])?

    /// Longest side an image may be given: far beyond every published model, and 200 MB of an image resized at its widest.
    private static let longestSide = 4096

    init(_ json: JSONValue, file: String, modelType: String?) throws(ImagePreprocessorError) {
        let fields = Fields(json: json, file: file)
        let kind = try Self.processorClass(fields, modelType)
        convertsToRGB = try fields.bool("do_convert_rgb", default: kind.convertsToRGB)
        for key in ["do_pad", "use_square_size"] where try fields.bool(key, default: false) {
            throw fields.invalid(key, expected: "false")
        }
        if try fields.bool("do_resize", default: true) {
            let isSquare = try fields.bool("default_to_square", default: kind.isSquareByDefault)
            size = try Self.size(fields, "size", isSquare: isSquare, default: kind.size)
            filter = try Self.filter(fields, default: kind.filter)
        } else {
            size = nil
            filter = kind.filter
        }
        if try fields.bool("do_center_crop", default: kind.crops) {
            cropSize = try Self.size(fields, "crop_size", isSquare: true, default: kind.cropSize)
        } else {
            cropSize = nil
        }
        rescaleFactor =
            try fields.bool("do_rescale", default: true) ? fields.double("rescale_factor", default: 1.0 / 255) : nil
        if try fields.bool("do_normalize", default: true) {
            let deviation = try fields.channels("image_std", default: kind.deviation)
            // As the single-precision number that it is divided by.
            guard deviation.allSatisfy({ Float($0) != 0 }) else {
                throw fields.invalid("image_std", expected: "numbers other than 0")
            }
            normalization = (try fields.channels("image_mean", default: kind.mean), deviation)
        } else {
            normalization = nil
        }
    }

    /// The class that the file names, or that the model's type has.
    private static func processorClass(
        _ fields: Fields, _ modelType: String?
    ) throws(ImagePreprocessorError) -> ImageProcessorClass {
        let supported = ImageProcessorClass.allCases.map(\.rawValue).joined(separator: ", ")
        let keys = ["image_processor_type", "feature_extractor_type"]
        guard let key = keys.first(where: { fields.json.nonNull($0) != nil }) else {
            if let found = modelType.flatMap({ ImageProcessorClass(modelType: $0) }) { return found }
            throw .missing(file: fields.file, key: keys[0], expected: supported)
        }
        guard var name = fields.json[key]?.string else { throw fields.invalid(key, expected: supported) }
        if key == keys[1], name.hasSuffix("FeatureExtractor") {
            name = "\(name.dropLast("FeatureExtractor".count))ImageProcessor"
        }
        // The same processor over torchvision or Pillow; only the latter's results are the same everywhere.
        for backend in ["Fast", "Pil"] where name.hasSuffix(backend) { name = String(name.dropLast(backend.count)) }
        guard let found = ImageProcessorClass(rawValue: name) else { throw fields.invalid(key, expected: supported) }
        return found
    }

    private static func filter(
        _ fields: Fields, default fallback: ResampleFilter
    ) throws(ImagePreprocessorError) -> ResampleFilter {
        guard let value = fields.json["resample"] else { return fallback }
        guard let filter = value.int.flatMap({ ResampleFilter(rawValue: $0) }) else {
            let known = ResampleFilter.allCases.map { "\($0.rawValue) (\($0))" }.joined(separator: ", ")
            throw fields.invalid("resample", expected: "one of \(known)")
        }
        return filter
    }

    /// Reads a size in any of its spellings; follows `get_size_dict` in Transformers' image_processing_utils.py.
    private static func size(
        _ fields: Fields, _ key: String, isSquare: Bool, default fallback: ImageTargetSize?
    ) throws(ImagePreprocessorError) -> ImageTargetSize {
        let expected =
            isSquare
            ? "a number of pixels, [height, width] or {\"height\", \"width\"}, each from 1 to \(longestSide)"
            : """
            a number of pixels, [height, width], {"height", "width"} or {"shortest_edge"}, each from 1 to \
            \(longestSide)
            """
        func side(_ value: JSONValue?) throws(ImagePreprocessorError) -> Int {
            guard let side = value?.int, (1...longestSide).contains(side) else {
                throw fields.invalid(key, expected: expected)
            }
            return side
        }
        guard let value = fields.json[key] else {
            guard let fallback else { throw .missing(file: fields.file, key: key, expected: expected) }
            return fallback
        }
        switch value.kind {
        case .number:
            let side = try side(value)
            return isSquare ? .exact(width: side, height: side) : .shortestEdge(side)
        case .array:
            let sides = value.elements.map(Array.init) ?? []
            guard sides.count == 2 else { throw fields.invalid(key, expected: expected) }
            return .exact(width: try side(sides[1]), height: try side(sides[0]))
        case .object:
            let keys = Set(value.members?.map(\.key) ?? [])
            if keys == ["height", "width"] {
                return .exact(width: try side(value["width"]), height: try side(value["height"]))
            }
            if keys == ["shortest_edge"], key == "size" { return .shortestEdge(try side(value["shortest_edge"])) }
            throw fields.invalid(key, expected: expected)
        case .null, .false, .true, .string: throw fields.invalid(key, expected: expected)
        }
    }

    /// The file's values, read with errors that say which.
    private struct Fields {
        let json: JSONValue
        let file: String

        func bool(_ key: String, default fallback: Bool) throws(ImagePreprocessorError) -> Bool {
            guard let value = json[key] else { return fallback }
            if value.isNull { return false }
            guard let bool = value.bool else { throw invalid(key, expected: "true or false") }
            return bool
        }

        func double(_ key: String, default fallback: Double) throws(ImagePreprocessorError) -> Double {
            guard let value = json[key] else { return fallback }
            guard let double = value.double, Float(double).isFinite else {
                throw invalid(key, expected: "a finite number")
            }
            return double
        }

        /// One number for every channel, or one for each.
        func channels(_ key: String, default fallback: [Double]) throws(ImagePreprocessorError) -> [Double] {
            guard let value = json[key] else { return fallback }
            if value.kind == .number { return [Double](repeating: try double(key, default: 0), count: 3) }
            let found = value.elements?.compactMap(\.double).filter { Float($0).isFinite } ?? []
            guard found.count == 3, value.count == 3 else {
                throw invalid(key, expected: "a finite number, or three")
            }
            return found
        }

        func invalid(_ key: String, expected: String) -> ImagePreprocessorError {
            .invalid(file: file, key: key, found: String(json[key]?.json.prefix(80) ?? "missing"), expected: expected)
        }
    }
}
