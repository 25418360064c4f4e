// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import EmbedHub

@Suite struct FileSelectionTests {
    @Test(arguments: [
        ("model.safetensors pytorch_model.bin tf_model.h5 flax_model.msgpack", "model.safetensors"),
        ("pytorch_model.bin model.onnx", "pytorch_model.bin"),
        (
            "model.safetensors.index.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors "
                + "pytorch_model.bin",
            "model.safetensors.index.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors"
        ),
        (
            "pytorch_model.bin.index.json pytorch_model-00001-of-00001.bin",
            "pytorch_model.bin.index.json pytorch_model-00001-of-00001.bin"
        ),
        ("model.safetensors tokenizer.json vocab.txt merges.txt", "model.safetensors tokenizer.json"),
        ("model.safetensors vocab.txt run.py README.md .gitattributes", "model.safetensors vocab.txt"),
        (
            "config.json onnx/config.json openvino/model.safetensors 1_Pooling/config.json model.safetensors",
            "config.json model.safetensors"
        ),
    ])
    func takesOneFormOfWeightsAndWhatIsReadWithThem(present: String, wanted: String) throws {
        #expect(try selected(present, modules: nil) == wanted)
    }

    @Test(arguments: [
        (
            #"[{"path":""},{"path":"1_Pooling"},{"path":"2_Dense"}]"#,
            "modules.json model.safetensors 1_Pooling/config.json 2_Dense/config.json 2_Dense/model.safetensors"
        ),
        (#"[{"path":"0_T/"}]"#, "modules.json 0_T/config.json 0_T/pytorch_model.bin"),
    ])
    func takesTheFoldersOfTheModules(modules: String, wanted: String) throws {
        let present =
            "modules.json model.safetensors 1_Pooling/config.json 2_Dense/config.json 2_Dense/model.safetensors "
            + "2_Dense/pytorch_model.bin 0_T/config.json 0_T/pytorch_model.bin 0_T/notes.txt"
        #expect(try selected(present, modules: modules) == wanted)
    }

    @Test(arguments: [
        "", "{}", "[1]", #"[{"path":1}]"#,
        "[" + [String](repeating: #"{"path":""}"#, count: 65).joined(separator: ",") + "]",
    ])
    func refusesModulesThatAreNone(modules: String) {
        #expect(throws: HubError.self) { try selected("modules.json model.safetensors", modules: modules) }
    }

    private func selected(_ present: String, modules: String?) throws -> String {
        let files = present.split(separator: " ").map {
            RepositoryListing.File(path: String($0), byteCount: 1, blobID: String(repeating: "0", count: 40))
        }
        return try FileSelection.files(
            of: RepositoryListing(files: files), modules: modules.map { Array($0.utf8) }, id: RepositoryID("org/name")
        ).map(\.path).joined(separator: " ")
    }
}
