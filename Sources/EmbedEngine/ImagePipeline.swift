// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedImages

/// What makes vectors of image files: the model's preprocessor and its image tower.
struct ImagePipeline: Sendable {
    let preprocessor: ImagePreprocessor
    let device: any LoadedModel
    let description: ImageDescription
    let limits: ImageLimits

    /// Width times height by the header of `file`, at most the limit: decoding refuses an image with more.
    func pixelCount(of file: [UInt8]) throws(InputError) -> Int {
        do throws(ImageError) {
            let header = try ImageHeader(of: file)
            let (count, overflow) = header.width.multipliedReportingOverflow(by: header.height)
            return overflow ? limits.maxPixels : min(count, limits.maxPixels)
        } catch {
            throw .image(error)
        }
    }

    /// Decodes an image file, and resizes the image as the model wants it.
    func prepare(_ file: [UInt8], _ orientation: RGBImage.Orientation) throws(InputError) -> PreparedImage {
        do throws(ImageError) {
            let image = try RGBImage(decoding: file, limits: limits, orientation: orientation)
            return PreparedImage(pixels: preprocessor.prepare(image), rowCount: description.rowCount)
        } catch {
            throw .image(error)
        }
    }

    /// A grey image.
    var blank: PreparedImage {
        let (width, height) = (preprocessor.width, preprocessor.height)
        let pixels = [UInt8](repeating: 128, count: width * height * 3)
        return PreparedImage(
            pixels: RGBImage(width: width, height: height, pixels: pixels), rowCount: description.rowCount)
    }

    /// Computes the vectors of `images`, in order.
    func embed(_ images: [PreparedImage]) throws(DeviceError) -> [Float] {
        var batch = RaggedBatch()
        for image in images {
            batch.append(patches: preprocessor.patches(of: image.pixels, size: description.patchSize))
        }
        return try device.embed(batch).values
    }
}
