// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// All weights of a model, in one safetensors file or in several listed by an index.
package struct Checkpoint: Sendable {
    /// By name, over all files.
    package let tensors: [String: Tensor]
    /// What error messages call the checkpoint: the file, or the index of several.
    package let name: String

    private static let single = "model.safetensors"
    private static let index = "model.safetensors.index.json"

    /// Opens `model.safetensors`, or the shards that `model.safetensors.index.json` names, in `directory`.
    package init(in directory: ModelDirectory) throws(ModelFileError) {
        if directory.contains(Self.single) {
            name = Self.single
            tensors = try Safetensors(path: directory.path(of: Self.single), name: Self.single).tensors
            return
        }
        guard let index = try directory.json(Self.index) else {
            let hint =
                directory.contains("pytorch_model.bin")
                ? "only pytorch_model.bin is there; convert it with safetensors.torch.save_file"
                : "expected \(Self.single) or \(Self.index)"
            throw .missingFile(Self.single, hint: hint)
        }
        name = Self.index
        tensors = try Self.shards(of: index.root, in: directory)
    }

    private static func shards(
        of index: JSONValue, in directory: ModelDirectory
    ) throws(ModelFileError) -> [String: Tensor] {
        guard let weightMap = index["weight_map"]?.members else {
            throw .missingKey(file: Self.index, key: "weight_map", expected: "an object of tensor names to files")
        }
        var files: [String: [String: Tensor]] = [:]
        var tensors: [String: Tensor] = [:]
        tensors.reserveCapacity(weightMap.count)
        for (tensorName, value) in weightMap {
            guard let file = value.string, ModelDirectory.isPlainFileName(file), file.hasSuffix(".safetensors") else {
                throw .invalidKey(
                    file: Self.index, key: "weight_map[\"\(tensorName)\"]", found: value.rawText,
                    expected: "the name of a .safetensors file in the same directory")
            }
            if files[file] == nil {
                files[file] = try Safetensors(path: directory.path(of: file), name: file).tensors
            }
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
