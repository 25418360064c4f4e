// SPDX-License-Identifier: Apache-2.0

package import EmbedModelFiles

/// Makes one vector of the hidden states of a text; with several modes their vectors stand side by side.
///
/// With `includesPrompt` false the prompt's tokens are left out; `weightedMean` still counts positions from the text's
/// first token. Follows `Pooling` in sentence-transformers.
package struct Pooling: Sendable, Equatable {
    package var modes: [PoolingMode]
    package var includesPrompt: Bool

    package init(modes: [PoolingMode], includesPrompt: Bool) {
        self.modes = modes
        self.includesPrompt = includesPrompt
    }
}
