// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedModelFiles

/// Which of the layers attend to a window only, where the others attend to all tokens.
struct LayerTypes {
    static let full = "full_attention"
    static let sliding = "sliding_attention"

    var isSliding: [Bool]

    /// Reads `layer_types`; configurations of Transformers 4 lack it, and a rule says which of `count` layers slide.
    init(_ config: ConfigObject, count: Int, rule: (Int) -> Bool) throws(ModelFileError) {
        guard let value = config.value.nonNull("layer_types") else {
            isSliding = (0..<count).map(rule)
            return
        }
        let names = value.elements?.compactMap(\.string) ?? []
        guard names.count == count, value.count == count, names.allSatisfy({ $0 == Self.full || $0 == Self.sliding })
        else {
            throw config.invalid(
                "layer_types", found: String(value.rawText.prefix(80)),
                expected: "\(Self.full) or \(Self.sliding) for each of \(count) layers")
        }
        isSliding = names.map { $0 == Self.sliding }
    }
}

/// The positions and the mask of a layer's attention.
struct LayerAttention {
    var rotary: Rotary
    var mask: AttentionMask
}
