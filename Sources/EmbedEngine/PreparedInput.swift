// SPDX-License-Identifier: Apache-2.0

package import EmbedImages

/// An input as the model takes it.
package enum PreparedInput: Sendable, Equatable {
    case text(TokenizedInput)
    case image(PreparedImage)

    /// Rows of hidden states that it takes: the tokens of a text, or an image's patches and what stands beside them.
    package var rowCount: Int {
        switch self {
        case .text(let text): text.tokenIDs.count
        case .image(let image): image.rowCount
        }
    }

    /// The number of its vectors.
    package var vectorCount: Int { text?.vectorCount ?? 1 }

    /// The end was cut off.
    package var isTruncated: Bool { text?.isTruncated ?? false }

    /// Those of a text; an image has none.
    package var tokenIDs: [Int32] { text?.tokenIDs ?? [] }

    var text: TokenizedInput? {
        if case .text(let text) = self { text } else { nil }
    }

    var image: PreparedImage? {
        if case .image(let image) = self { image } else { nil }
    }

    /// What of the model computes its vectors.
    var tower: Tower {
        switch self {
        case .text(let text): .text(text.pipeline)
        case .image: .image
        }
    }
}

/// A transformer of a model.
enum Tower: Hashable {
    /// The number of the pipeline.
    case text(Int)
    case image
}

/// An image as the model takes it: still a byte a number, a quarter of what the model computes with, because many of them
/// may wait for their batch.
package struct PreparedImage: Sendable, Equatable {
    /// Resized and cropped.
    let pixels: RGBImage
    /// Rows of hidden states that it takes.
    package let rowCount: Int

    package init(pixels: RGBImage, rowCount: Int) {
        self.pixels = pixels
        self.rowCount = rowCount
    }
}
