// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles
import EmbedModels
import EmbedTestSupport
import Testing

/// Describes the fixture `model` with a changed config.json and other names of tensors.
func describedFixture(
    _ model: String, config change: (String) -> String = { $0 }, renaming rename: (String) -> String = { $0 }
) throws -> Transformer {
    let directory = try TemporaryDirectory()
    let config = String(decoding: try Fixtures.bytes("Models/\(model)/config.json"), as: UTF8.self)
    try directory.write(change(config), to: "config.json")
    let file = try Safetensors(path: Fixtures.path("Models/\(model)/model.safetensors"), name: "model.safetensors")
    let weights = file.tensors.values.filter { $0.elementType == .float32 }
    let builder = SafetensorsBuilder(tensors: weights.map { (rename($0.name), $0.shape, $0.floats) })
    try directory.write(builder.bytes(), to: "model.safetensors")
    return try Architectures.transformer(in: ModelDirectory(path: directory.path))
}

/// Expects that the fixture `model` with `original` replaced in its config.json is refused for `reason`.
func expectRefusal(of model: String, replacing original: String, with replacement: String, reason: String) {
    let error = #expect(throws: ModelFileError.self) {
        try describedFixture(model) { config in
            #expect(config.contains(original))
            return config.replacing(original, with: replacement)
        }
    }
    #expect(error?.description.contains(reason) == true, "\(error.map(String.init(describing:)) ?? "")")
}
