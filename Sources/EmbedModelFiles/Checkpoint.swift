// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// All weights of a model, in one file or in several listed by an index: safetensors where they are there, else what
/// PyTorch wrote.
package struct Checkpoint: Sendable {
    /// By name, over all files.
    package let tensors: [String: Tensor]
    /// What error messages call the checkpoint: the file, or the index of several.
    package let name: String

    /// How the weights are kept.
    private enum Format: CaseIterable {
        case safetensors, pyTorch

        /// The file with all weights.
        var single: String {
            switch self {
            case .safetensors: "model.safetensors"
            case .pyTorch: "pytorch_model.bin"
            }
        }

        /// The file that names the shards.
        var index: String { "\(single).index.json" }

        /// What names of shards end in.
        var suffix: String {
            switch self {
            case .safetensors: ".safetensors"
            case .pyTorch: ".bin"
            }
        }

        func tensors(in directory: ModelDirectory, _ file: String) throws(ModelFileError) -> [String: Tensor] {
            switch self {
            case .safetensors: try Safetensors(path: directory.path(of: file), name: file).tensors
            case .pyTorch: try PyTorchFile(path: directory.path(of: file), name: file).tensors
            }
        }
    }

    /// Opens the weights in `directory`: `model.safetensors`, the shards that `model.safetensors.index.json` names, and
    /// after these `pytorch_model.bin` and its index.
    package init(in directory: ModelDirectory) throws(ModelFileError) {
        for format in Format.allCases {
            if directory.contains(format.single) {
                name = format.single
                tensors = try format.tensors(in: directory, format.single)
                return
            }
            if let index = try directory.json(format.index) {
                name = format.index
                tensors = try Self.shards(of: index.root, format, in: directory)
                return
            }
        }
        throw .missingFile(
            Format.safetensors.single,
            hint: "expected it, \(Format.safetensors.index), \(Format.pyTorch.single) or \(Format.pyTorch.index)")
    }

    private static func shards(
        of index: JSONValue, _ format: Format, in directory: ModelDirectory
    ) throws(ModelFileError) -> [String: Tensor] {
        guard let weightMap = index["weight_map"]?.members else {
            throw .missingKey(file: format.index, key: "weight_map", expected: "an object of tensor names to files")
        }
        var files: [String: [String: Tensor]] = [:]
        var tensors: [String: Tensor] = [:]
        tensors.reserveCapacity(weightMap.count)
        for (tensorName, value) in weightMap {
            guard let file = value.string, ModelDirectory.isPlainFileName(file), file.hasSuffix(format.suffix) else {
                throw .invalidKey(
                    file: format.index, key: "weight_map[\"\(tensorName)\"]", found: value.rawText,
                    expected: "the name of a \(format.suffix) file in the same directory")
            }
            if files[file] == nil { files[file] = try format.tensors(in: directory, file) }
            guard let tensor = files[file]?[tensorName] else { throw .missingTensor(name: tensorName, file: file) }
            tensors[tensorName] = tensor
        }
        return tensors
    }

    /// Whether there is a tensor called `name`.
    package func contains(_ name: String) -> Bool { tensors[name] != nil }

    /// The weight called `name`, which must have exactly `shape` and a floating-point type.
    ///
    /// - Throws: ``ModelFileError`` that names the file, the tensor, what was found and what was expected.
    package func weight(_ name: String, shape: [Int]) throws(ModelFileError) -> Tensor {
        guard let tensor = tensors[name] else { throw .missingTensor(name: name, file: self.name) }
        guard tensor.shape == shape else {
            throw .tensorShape(name: name, file: tensor.fileName, found: tensor.shape, expected: shape)
        }
        guard tensor.elementType.isWeight else {
            throw .tensorElementType(name: name, file: tensor.fileName, found: tensor.elementType.rawValue)
        }
        return tensor
    }
}
