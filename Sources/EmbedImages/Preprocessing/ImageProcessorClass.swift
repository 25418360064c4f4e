// SPDX-License-Identifier: Apache-2.0

/// The image processors of Transformers that are known, and what each does where its file says nothing.
///
/// Follows the classes in image_processing_pil_clip.py, image_processing_pil_siglip.py and image_processing_pil_vit.py.
enum ImageProcessorClass: String, CaseIterable {
    case clip = "CLIPImageProcessor"
    case siglip = "SiglipImageProcessor"
    case vit = "ViTImageProcessor"

    /// The class of models whose files name none, by `model_type` in config.json.
    init?(modelType: String) {
        switch modelType {
        case "clip", "clip_vision_model": self = .clip
        case "siglip", "siglip_vision_model": self = .siglip
        case "vit": self = .vit
        default: return nil
        }
    }

    /// Whether a single number as "size" is both sides, rather than the shorter one.
    var isSquareByDefault: Bool { self == .vit }

    var convertsToRGB: Bool { self != .vit }

    var size: ImageTargetSize {
        self == .clip ? .shortestEdge(224) : .exact(width: 224, height: 224)
    }

    var crops: Bool { self == .clip }

    var cropSize: ImageTargetSize? { crops ? .exact(width: 224, height: 224) : nil }

    var filter: ResampleFilter { self == .vit ? .bilinear : .bicubic }

    /// `OPENAI_CLIP_MEAN` or `IMAGENET_STANDARD_MEAN`.
    var mean: [Double] { self == .clip ? [0.48145466, 0.4578275, 0.40821073] : [0.5, 0.5, 0.5] }

    /// `OPENAI_CLIP_STD` or `IMAGENET_STANDARD_STD`.
    var deviation: [Double] { self == .clip ? [0.26862954, 0.26130258, 0.27577711] : [0.5, 0.5, 0.5] }
}
