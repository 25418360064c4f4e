// SPDX-License-Identifier: Apache-2.0

package import EmbedModelFiles

/// What a model computes from the hidden states of a text or an image to its vector: the pipeline of `modules.json`, before
/// which stands what the architecture itself does.
package struct Head: Sendable {
    /// One step from a vector to a vector.
    package enum Step: Sendable {
        case dense(Dense)
        case layerNorm(Norm)
        case normalize(Normalize)
        case residualNetwork(ResidualNetwork)
    }

    package var pooling: Pooling
    package var steps: [Step]
    /// Components of the vector.
    package var dimension: Int

    package init(pooling: Pooling, steps: [Step], dimension: Int) {
        self.pooling = pooling
        self.steps = steps
        self.dimension = dimension
    }

    /// Whether the vectors have length 1: the last step normalises.
    package var isNormalized: Bool {
        if case .normalize? = steps.last { true } else { false }
    }

    /// The head that `pipeline` lists, for the hidden states of `transformer`; weights come from `directory`.
    package init(
        _ pipeline: SentenceTransformersConfig.Pipeline, for transformer: Transformer, in directory: ModelDirectory
    ) throws(ModelFileError) {
        pooling = Pooling(modes: [.mean], includesPrompt: true)
        steps = []
        dimension = transformer.hiddenSize
        if let own = transformer.head {
            self = own
        } else if pipeline.givesVectors {
            throw .invalidKey(
                file: "modules.json", key: "the first module", found: "vectors of texts",
                expected: "hidden states and Pooling: \(transformer.architecture) pools nothing itself")
        }
        for module in pipeline.modules {
            switch module {
            case .pooling(_, let size, _) where transformer.head != nil:
                // Without modules.json nobody asks for it.
                guard size == nil else {
                    throw .invalidKey(
                        file: "modules.json", key: "the second module", found: "Pooling",
                        expected: "none: \(transformer.architecture) pools itself")
                }
            case .pooling(let modes, let size, let includesPrompt):
                let size = size ?? dimension
                if size != transformer.projection?.outputs {
                    try expect(size, "the pooling module's embedding_dimension")
                }
                pooling = Pooling(modes: modes, includesPrompt: includesPrompt)
                dimension *= modes.count
                if let projection = transformer.projection { try project(by: projection) }
            case .dense(let inputs, let outputs, let hasBias, let activation, let hasResidual, let folder):
                try expect(inputs, "\(folder)/config.json's in_features")
                steps.append(
                    .dense(
                        try Dense(
                            inputs: inputs, outputs: outputs, hasBias: hasBias, activation: activation,
                            hasResidual: hasResidual, folder: folder, in: directory)))
                dimension = outputs
            case .layerNorm(let size, let folder):
                try expect(size, "\(folder)/config.json's dimension")
                let checkpoint = ScopedCheckpoint(try Checkpoint(in: directory.subdirectory(folder)))
                // torch.nn.LayerNorm's default epsilon; the module has no setting for it.
                steps.append(.layerNorm(try Norm(layer: "norm", size: size, epsilon: 1e-5, in: checkpoint)))
            case .normalize:
                steps.append(.normalize(Normalize()))
            }
        }
    }

    /// Makes ``Transformer/projection`` the first step.
    private mutating func project(by projection: Linear) throws(ModelFileError) {
        try requireProjectable(pooling.modes)
        steps.append(.dense(Dense(linear: projection, activation: .identity)))
        dimension = projection.outputs
    }

    /// The largest of projected numbers is no projection of the largest; vectors side by side would be projected each.
    private func requireProjectable(_ modes: [PoolingMode]) throws(ModelFileError) {
        guard modes.count == 1, modes != [.max] else {
            throw .invalidKey(
                file: "modules.json", key: "pooling", found: modes.map(\.rawValue).joined(separator: " and "),
                expected: "one mode other than max: the model projects its hidden states")
        }
    }

    /// Replaces the pooling by one mode; what follows must still fit.
    package mutating func replacePooling(
        _ mode: PoolingMode, for transformer: Transformer
    ) throws(ModelFileError) {
        if transformer.projection != nil { try requireProjectable([mode]) }
        let hiddenSize = transformer.hiddenSize
        let inputs = steps.lazy.compactMap { step -> Int? in
            switch step {
            case .dense(let dense): dense.linear.inputs
            case .layerNorm(let norm): norm.size
            case .residualNetwork(let network): network.norm.size
            case .normalize: nil
            }
        }
        if let expected = inputs.first {
            guard expected == hiddenSize else {
                throw .invalidKey(
                    file: "modules.json", key: "pooling \(mode.rawValue)", found: "\(hiddenSize) components",
                    expected: "\(expected), which the module after it takes")
            }
        } else {
            dimension = hiddenSize
        }
        pooling.modes = [mode]
        pooling.own = nil
    }

    private func expect(_ found: Int, _ what: String) throws(ModelFileError) {
        guard found == dimension else {
            throw .invalidKey(
                file: "modules.json", key: what, found: "\(found)",
                expected: "\(dimension), the size of what the module before it gives")
        }
    }
}
