// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles
import EmbedTestSupport
import Testing

@Suite struct RoutingTests {
    private static let modules =
        #"[{"path":"","type":"a.Transformer"},{"path":"1","type":"a.Pooling"},{"path":"r","type":"a.Router"}]"#

    /// The order of `Router._resolve_route_name`: a mapping for the task, one for every task, the route's own name.
    @Test(
        arguments: [
            ("{}", [], 0), ("{}", ["b"], 1), ("{}", ["x", "b"], 1), ("{}", ["x"], nil),
            (#"{"default_route":"b"}"#, [], 1), (#"{"allow_empty_key":false}"#, [], nil),
            (#"{"allow_empty_key":false}"#, ["a"], 0),
            (#"{"route_mappings":{"('x', None)":"b"}}"#, ["x"], 1),
            (#"{"route_mappings":{"('x', None)":"b"}}"#, ["a"], 0),
            (#"{"route_mappings":{"('x', None)":"a","('x', 'text')":"b"}}"#, ["x"], 1),
            (#"{"route_mappings":{"('x', 'text')":"b","('x', None)":"a"}}"#, ["x"], 1),
            (#"{"route_mappings":{"('x', 'image')":"b"}}"#, ["x"], nil),
            (#"{"route_mappings":{"(None, 'text')":"b"}}"#, ["a"], 1),
            (#"{"route_mappings":{"(None, 'text')":"b"}}"#, [], 1),
            (#"{"route_mappings":{"(None, None)":"b","('a', None)":"a"}}"#, ["a"], 0),
            (#"{"route_mappings":{"(None, ('image', 'text'))":"b"}}"#, [], 0),
        ] as [(String, [String], Int?)])
    func choosesAsTheReference(parameters: String, names: [String], expected: Int?) throws {
        #expect(try config(parameters).routing.pipeline(for: names) == expected)
    }

    @Test func givesEveryRouteWhatStandsAround() throws {
        let config = try config("{}")
        #expect(config.routing.names == ["a", "b"])
        #expect(config.pipelines.map(\.modules) == [[Self.mean, .normalize], [Self.mean, .normalize, .normalize]])
    }

    @Test(arguments: [
        (#"{"default_route":"c"}"#, "default_route is"), (#"{"route_mappings":{"x":"a"}}"#, "a pair of None"),
        (#"{"route_mappings":{"('x', None)":"c"}}"#, "one of: a, b"),
        (#"{"route_mappings":{"('x', 7)":"a"}}"#, "a pair of None"),
    ])
    func refusesNamingTheKey(parameters: String, reason: String) throws {
        let error = #expect(throws: ModelFileError.self) { try config(parameters) }
        #expect(error?.description.contains(reason) == true, "\(error.map(String.init(describing:)) ?? "")")
    }

    @Test(arguments: [
        (#"{"types":{"n":"a.Normalize"},"structure":{}}"#, "1 to 16 routes"),
        (#"{"types":{"n":"a.Normalize"},"structure":{"a":["m"]}}"#, "a key of types"),
        (#"{"types":{"../n":"a.Normalize"},"structure":{"a":["../n"]}}"#, "inside the model's directory"),
        (#"{"types":{"n":"a.SparseStaticEmbedding"},"structure":{"a":["n"]}}"#, "SparseStaticEmbedding"),
        (#"{"types":{"n":"a.Router"},"structure":{"a":["n"]}}"#, "type is"),
    ])
    func refusesRoutesItCannotRead(router: String, reason: String) throws {
        let error = #expect(throws: ModelFileError.self) { try config(files: ["r/router_config.json": router]) }
        #expect(error?.description.contains(reason) == true, "\(error.map(String.init(describing:)) ?? "")")
    }

    private static let mean = SentenceTransformersConfig.Module.pooling(
        modes: [.mean], dimension: 8, includesPrompt: true)

    private func config(_ parameters: String) throws -> SentenceTransformersConfig {
        let router =
            #"{"types":{"n":"a.Normalize","m":"a.Normalize"},"structure":{"a":["n"],"b":["n","m"]},"parameters":"#
        return try config(files: ["r/router_config.json": router + parameters + "}"])
    }

    private func config(files: [String: String]) throws -> SentenceTransformersConfig {
        let directory = try TemporaryDirectory()
        try directory.write(Self.modules, to: "modules.json")
        try directory.write(#"{"embedding_dimension":8}"#, to: "1/config.json")
        for (name, text) in files { try directory.write(text, to: name) }
        return try SentenceTransformersConfig(in: ModelDirectory(path: directory.path))
    }
}
