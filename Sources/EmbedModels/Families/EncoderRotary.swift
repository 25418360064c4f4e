// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

extension Rotary {
    /// The positions of an encoder, which turn whole heads; GTE's own code knows `ntk` too.
    init(
        encoder config: ConfigObject, _ sizes: EncoderSizes, defaultBase: Double, knowsNTK: Bool = false
    ) throws(ModelFileError) {
        let headSize = try config.int("head_dim", in: EncoderSizes.sizes, default: sizes.headSize)
        guard headSize == sizes.headSize else {
            throw config.invalid("head_dim", found: "\(headSize)", expected: "\(sizes.headSize), a head's components")
        }
        self = try RotaryConfig(config, defaultBase: defaultBase, knowsNTK: knowsNTK)
            .rotary(wholeHeadsOf: headSize, maxPositions: sizes.positions)
    }
}
