// SPDX-License-Identifier: Apache-2.0

/// What size an image is resized to.
enum ImageTargetSize: Sendable, Equatable {
    case exact(width: Int, height: Int)
    /// The shorter side gets so many pixels, the longer one as many as keep the image's shape.
    case shortestEdge(Int)

    /// The size that an image becomes; follows `get_resize_output_image_size` in Transformers' image_transforms.py.
    func size(forWidth width: Int, height: Int) -> (width: Int, height: Int) {
        switch self {
        case .exact(let width, let height): return (width, height)
        case .shortestEdge(let short):
            if width <= height { return (short, Int(Double(short * height) / Double(width))) }
            return (Int(Double(short * width) / Double(height)), short)
        }
    }
}
