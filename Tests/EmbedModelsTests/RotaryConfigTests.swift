// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedModelFiles
import EmbedModels
import EmbedTestSupport
import Testing

/// Rotary positions in config.json, against Transformers; see Tests/Fixtures/README.md.
@Suite struct RotaryConfigTests {
    /// Elementary functions of two libraries in float32 differ by some roundings.
    private static let tolerance: Float = 4e-7

    @Test func computesTheReferencesFrequencies() throws {
        let file = try ModelDirectory(path: Fixtures.path("Rotary")).requiredObject("rotary.json")
        let cases = try #require(file.value["cases"]?.elements)
        #expect(cases.count == 49)
        for item in cases {
            let config = ConfigObject(file: "config.json", value: try #require(item["config"]))
            let modelType = try #require(item["model_type"]?.string)
            let headSize = try #require(item["head_size"]?.int)
            let rotary = try Self.config(config, item["layer_type"]?.string, modelType)
                .rotary(headSize: headSize, maxPositions: config.int("max_position_embeddings", in: 1...1_000_000))
            let name = Comment(rawValue: item.json)
            #expect(try isNear(rotary.frequencies, item["frequencies"]), name)
            let magnitude = try #require(item["magnitude"]?.double)
            #expect(abs(rotary.magnitude - Float(magnitude)) <= Self.tolerance, name)
            for long in item["long"]?.elements.map(Array.init) ?? [] {
                let length = try #require(long["length"]?.int)
                #expect(try isNear(rotary.frequencies(forLength: length), long["frequencies"]), name)
            }
        }
    }

    private static func config(
        _ config: ConfigObject, _ layerType: String?, _ modelType: String
    ) throws -> RotaryConfig {
        guard let layerType else { return try RotaryConfig(config) }
        let isFull = layerType == "full_attention"
        return modelType == "modernbert"
            ? try RotaryConfig(
                config, layerType: layerType, baseKey: isFull ? "global_rope_theta" : "local_rope_theta",
                defaultBase: isFull ? 160_000 : 10_000, isScaled: true)
            : try RotaryConfig(
                config, layerType: layerType, baseKey: isFull ? "rope_theta" : "rope_local_base_freq",
                defaultBase: isFull ? 1_000_000 : 10_000, isScaled: isFull)
    }

    private func isNear(_ found: [Float], _ expected: JSONValue?) throws -> Bool {
        let values = try #require(expected?.elements)
        let expected = values.compactMap(\.double)
        return found.count == expected.count
            && zip(found, expected).allSatisfy { abs($0 - Float($1)) <= Self.tolerance * abs(Float($1)) }
    }

    @Test(arguments: [
        (#"{"rope_scaling":{"type":"longrope","factor":2}}"#, "rope_scaling: rope_type is longrope; expected default,"),
        (#"{"rope_scaling":{"type":"mrope"}}"#, "rope_type is mrope"),
        (#"{"rope_scaling":7}"#, "config.json: rope_scaling is a number; expected an object"),
        (#"{"rope_scaling":{"type":"linear"}}"#, "config.json: rope_scaling: factor is missing"),
        (#"{"rope_scaling":{"type":"linear","factor":0}}"#, "factor is 0.0; expected a number above 0"),
        (#"{"rope_parameters":{"rope_type":"linear","factor":1e-300}}"#, "linear with infinite values"),
        (
            #"{"rope_parameters":{"rope_type":"default","rope_theta":1}}"#,
            "rope_theta is 1.0; expected a number above 1"
        ),
        (#"{"rope_theta":-10000}"#, "rope_theta is -10000.0"),
        (#"{"partial_rotary_factor":1.5}"#, "partial_rotary_factor is 1.5"),
        (#"{"partial_rotary_factor":0.1}"#, "the rotary positions' size is 3 components of a head; expected an even"),
        (
            #"{"rope_parameters":{"full_attention":{"rope_type":"default"}}}"#,
            "rope_parameters: full_attention is an object; expected the same positions for all layers"
        ),
        (#"{"rope_scaling":{"type":"yarn","factor":4,"beta_fast":-1}}"#, "beta_fast is -1.0"),
        (
            #"{"rope_scaling":{"type":"llama3","factor":4,"low_freq_factor":4,"high_freq_factor":4}}"#,
            "high_freq_factor is 4.0; expected more than low_freq_factor (4.0)"
        ),
        (
            #"{"rope_scaling":{"type":"yarn","factor":4,"original_max_position_embeddings":0}}"#,
            "original_max_position_embeddings is 0"
        ),
    ])
    func refusesNamingTheKey(config: String, reason: String) throws {
        let config = ConfigObject(file: "config.json", value: try JSONDocument(parsing: Array(config.utf8)).root)
        let error = #expect(throws: ModelFileError.self) {
            try RotaryConfig(config).rotary(headSize: 32, maxPositions: 512)
        }
        #expect(error?.description.contains(reason) == true, "\(error.map(String.init(describing:)) ?? "")")
    }

    @Test(arguments: [
        (#"{"rope_parameters":{"rope_type":"default","rope_theta":10000}}"#, "rope_theta is one for all layers"),
        (#"{"rope_scaling":{"type":"linear","factor":2}}"#, "config.json: rope_scaling: rope_type is missing"),
        (
            #"{"rope_scaling":{"rope_type":"linear"},"rope_parameters":{"full_attention":{"rope_theta":10}}}"#,
            "rope_scaling is an object; expected none beside rope_parameters"
        ),
    ])
    func refusesNamingTheKeyOfALayerType(config: String, reason: String) throws {
        let config = ConfigObject(file: "config.json", value: try JSONDocument(parsing: Array(config.utf8)).root)
        let error = #expect(throws: ModelFileError.self) {
            try RotaryConfig(
                config, layerType: "full_attention", baseKey: "rope_theta", defaultBase: 10_000, isScaled: true)
        }
        #expect(error?.description.contains(reason) == true, "\(error.map(String.init(describing:)) ?? "")")
    }
}
