// SPDX-License-Identifier: Apache-2.0

package import EmbedModelFiles

/// A family of models: turns `config.json` and the checkpoint's names into a ``Transformer``.
package struct Architecture: Sendable {
    /// Describes the model; throws ``ModelFileError`` that says file, key, found and supported for anything that the
    /// description can't express.
    package typealias Describe = @Sendable (ConfigObject, Checkpoint) throws(ModelFileError) -> Transformer

    /// The values of `model_type` in config.json that this reads.
    package var modelTypes: Set<String>
    /// Classes that models bring as code of their own and this computes instead: what `auto_map.AutoModel` names, without
    /// the repository, such as "modeling.NewModel".
    package var remoteClasses: Set<String>
    package var describe: Describe
    /// The tower for images in a checkpoint of both; nil for architectures without.
    package var describeImages: Describe?

    package init(
        modelTypes: Set<String>, remoteClasses: Set<String> = [], describe: @escaping Describe,
        describeImages: Describe? = nil
    ) {
        self.modelTypes = modelTypes
        self.remoteClasses = remoteClasses
        self.describe = describe
        self.describeImages = describeImages
    }
}
