// SPDX-License-Identifier: Apache-2.0

package import EmbedModelFiles

/// The first layer of a tower for images: patches to vectors.
///
/// x[c + i] = norm(projection(patch i) + positions[c + i]), patches counted row by row; with a class token c is 1 and
/// x[0] = norm(classToken + positions[0]), else c is 0. An absent norm changes nothing.
/// Shapes: `projection` `[3 · patchSize²] → [hidden]`, of a patch's channels, in these rows and in these columns, as the
/// weight of a convolution; `classToken` `[hidden]`, `positions` `[sequenceLength, hidden]`, `norm` `[hidden]`. Paper:
/// arXiv 2010.11929.
package struct PatchEmbeddings: Sendable {
    package var projection: Linear
    /// Pixels of a patch's side.
    package var patchSize: Int
    /// Pixels of an image's side; what is left over right of the last patch and below it is not read.
    package var imageSize: Int
    package var classToken: Tensor?
    package var positions: Tensor
    package var norm: Norm?

    package init(
        projection: Linear, patchSize: Int, imageSize: Int, classToken: Tensor? = nil, positions: Tensor,
        norm: Norm? = nil
    ) {
        self.projection = projection
        self.patchSize = patchSize
        self.imageSize = imageSize
        self.classToken = classToken
        self.positions = positions
        self.norm = norm
    }

    /// Rows and columns of patches.
    package var rows: Int { imageSize / patchSize }
    package var columns: Int { imageSize / patchSize }
    /// Patches of an image.
    package var patchCount: Int { rows * columns }
    /// Hidden states of an image.
    package var sequenceLength: Int { patchCount + (classToken == nil ? 0 : 1) }
}
