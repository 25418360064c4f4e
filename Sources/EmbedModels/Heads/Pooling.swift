// SPDX-License-Identifier: Apache-2.0

package import EmbedModelFiles

/// Makes one vector of the hidden states of a text; with several modes their vectors stand side by side.
///
/// With `includesPrompt` false the prompt's tokens are left out; `weightedMean` still counts positions from the text's
/// first token. Follows `Pooling` in sentence-transformers.
package struct Pooling: Sendable {
    /// At least one, unless ``own`` says what happens instead.
    package var modes: [PoolingMode]
    package var includesPrompt: Bool
    package var own: Own?

    /// What some architectures do instead of what sentence-transformers has modes for.
    package enum Own: Sendable {
        /// The hidden state of the first token with this id; of the first token where there is none.
        case firstToken(id: Int32)
        /// The hidden state of the first of the tokens with the largest id.
        case largestID
        case attention(AttentionPooling)
    }

    package init(modes: [PoolingMode], includesPrompt: Bool) {
        self.modes = modes
        self.includesPrompt = includesPrompt
    }

    /// An architecture's own pooling.
    package init(_ own: Own) {
        modes = []
        includesPrompt = true
        self.own = own
    }

    /// What the pooling is called, part by part: sentence-transformers' names, where there are any.
    package var names: [String] {
        switch own {
        case .firstToken, .largestID: ["eos"]
        case .attention: ["attention"]
        case nil: modes.map(\.rawValue)
        }
    }
}
