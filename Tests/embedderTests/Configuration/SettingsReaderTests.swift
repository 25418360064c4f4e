// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import Testing

@testable import embedder

@Suite struct SettingsReaderTests {
    private let file = #"""
        # settings
        PORT=3
        EMBEDDER_LOG_LEVEL=error
        LOG_LEVEL=trace
        """#

    @Test(arguments: [
        ("1" as String?, ["PORT": "2"], true, 1, Setting.Origin.flag("port")),
        (nil, ["PORT": "2"], true, 2, .variable("PORT")),
        (nil, ["PORT": "2", "EMBEDDINGS_PORT": "4"], true, 4, .variable("EMBEDDINGS_PORT")),
        (nil, ["PORT": "2", "EMBEDDINGS_PORT": ""], true, 2, .variable("PORT")),
        (nil, ["PORT": ""], true, 3, .line(2, file: ".env", variable: "PORT")),
        (nil, [:], true, 3, .line(2, file: ".env", variable: "PORT")),
        (nil, [:], false, 8080, .byDefault),
    ])
    func takesFlagsThenTheEnvironmentThenTheFile(
        flag: String?, environment: [String: String], file: Bool, value: Int, origin: Setting.Origin
    ) throws {
        let reader = SettingsReader(
            flags: Flags([.port: flag]), environment: environment, file: file ? try parsed(self.file) : nil)
        #expect(try reader.integer(.port) == value)
        #expect(try reader.setting(.port)?.origin == origin)
    }

    /// An alias in the environment wins over the setting's first name in the file.
    @Test func takesAliasesOfTheEnvironmentBeforeTheFile() throws {
        let reader = SettingsReader(flags: Flags(), environment: ["DEBUG": "1"], file: try parsed(file))
        #expect(try reader.choice(.logLevel, of: Logger.Level.self) == .debug)
        let byFile = SettingsReader(flags: Flags(), environment: [:], file: try parsed(file))
        #expect(try byFile.choice(.logLevel, of: Logger.Level.self) == .error)
    }

    @Test(arguments: [
        (ConfigurationKey.port, "0", "0"), (.port, " 65535 ", "65535"),
        (.cudaMemoryFraction, "1", "1.0"), (.cudaMemoryFraction, "0.5", "0.5"), (.cudaMemoryFraction, "1e-3", "0.001"),
        (.documentation, "YES", "true"), (.documentation, "On", "true"), (.documentation, "y", "true"),
        (.documentation, "1", "true"), (.documentation, "True", "true"), (.documentation, "N", "false"),
        (.documentation, "off", "false"), (.documentation, "0", "false"), (.documentation, "no", "false"),
        (.documentation, "FALSE", "false"),
        (.logLevel, "WARN", "warning"), (.logLevel, "Info", "info"), (.dtype, "INT8", "int8"),
        (.host, "::1", "::1"), (.corsAllowOrigin, "https://a.org , https://b.org,", "https://a.org,https://b.org"),
        (.drainDelay, " 1m30s ", "1m30s"), (.drainTimeout, "0", "0"), (.drainTimeout, "2.5", "2.5"),
        (.apiKey, "a, b", "a,b"), (.hubToken, " x ", " x "),
    ])
    func readsWhatEachKindMayBe(key: ConfigurationKey, text: String, value: String) throws {
        #expect(try reader([key.environment[0].name: text]).textIfSet(key) == value)
    }

    @Test(arguments: [
        (ConfigurationKey.port, "65536"), (.port, "-1"), (.port, "abc"), (.port, "80 80"), (.port, "8e3"),
        (.cudaMemoryFraction, "0"), (.cudaMemoryFraction, "1.01"), (.cudaMemoryFraction, "nan"),
        (.cudaMemoryFraction, "inf"), (.cudaMemoryFraction, "-0.5"), (.cudaMemoryFraction, "half"),
        (.documentation, "maybe"), (.documentation, "2"), (.dtype, "int4"), (.logLevel, "loud"),
        (.corsAllowOrigin, " , "), (.apiKey, ","), (.drainDelay, "-1"), (.drainTimeout, "-5s"),
        (.drainTimeout, "soon"), (.drainTimeout, "8 s"),
    ])
    func refusesWhatAKindCannotBe(key: ConfigurationKey, text: String) {
        let name = key.environment[0].name
        let error = #expect(throws: ValidationError.self) { try reader([name: text]).setting(key) }
        #expect(error?.message.hasPrefix("environment variable \(name) ") == true)
        #expect(error?.message.hasSuffix("expected \(key.kind.expectation).") == true)
    }

    @Test func saysWhereABadValueStands() throws {
        func message(_ flags: Flags, _ environment: [String: String], _ file: String = "") throws -> String? {
            let reader = SettingsReader(flags: flags, environment: environment, file: try parsed(file))
            return #expect(throws: ValidationError.self) { try reader.setting(.port) }?.message
        }
        let expected = "is \"x\"; expected a whole number from 0 to 65535."
        #expect(try message(Flags([.port: "x"]), [:]) == "--port \(expected)")
        #expect(try message(Flags(), ["PORT": "x"]) == "environment variable PORT \(expected)")
        #expect(try message(Flags(), [:], "\n\nPORT=x") == ".env, line 3: PORT \(expected)")
    }

    @Test func neverShowsASecret() {
        let error = #expect(throws: ValidationError.self) {
            try SettingsReader(flags: Flags(lists: [.apiKey: ["planted", ""]]), environment: [:]).setting(.apiKey)
        }
        #expect(error?.message == "--api-key holds nothing; expected texts separated by commas.")
    }

    @Test func readsListsOfFlags() throws {
        let reader = SettingsReader(
            flags: Flags(lists: [.apiKey: ["a,b", "c"]]), environment: ["EMBEDDER_API_KEY": "x"])
        #expect(try reader.list(.apiKey) == ["a,b", "c"])
        #expect(try reader.list(.corsAllowOrigin) == ["*"])
    }

    @Test(arguments: [
        (ConfigurationKey.truncate, "EMBEDDINGS_TRUNCATE_INPUTS", "yes", "cut"),
        (.truncate, "EMBEDDINGS_TRUNCATE_INPUTS", "FALSE", "refuse"),
        (.logLevel, "DEBUG", "true", "debug"), (.logLevel, "DEBUG", "0", "info"),
        (.metrics, "ENABLE_METRICS", "false", "off"), (.metrics, "ENABLE_METRICS", "true", "open"),
    ])
    func translatesSwitches(key: ConfigurationKey, variable: String, text: String, value: String) throws {
        #expect(try reader([variable: text]).textIfSet(key) == value)
        let error = #expect(throws: ValidationError.self) { try reader([variable: "maybe"]).setting(key) }
        #expect(error?.message.contains("\(variable) is \"maybe\"; expected 1, true") == true)
    }

    @Test func findsBadValuesThatNothingUses() throws {
        try reader([:]).checkAll()
        #expect(throws: ValidationError.self) { try reader(["METRICS_PORT": "many"]).checkAll() }
    }

    @Test(arguments: [
        ([:], "sentence-transformers/all-MiniLM-L6-v2"),
        (["DEFAULT_MODEL_NAME": "d"], "d"),
        (["DEFAULT_MODEL_NAME": "d", "MODEL_PATH": "p"], "p"),
        (["DEFAULT_MODEL_NAME": "d", "MODEL_PATH": "p", "EMBEDDING_MODEL": "e"], "e"),
        (["DEFAULT_MODEL_NAME": "d", "MODEL_ID": "m"], "m"),
        (["EMBEDDER_MODEL": "own", "MODEL_ID": "m", "EMBEDDING_MODEL": "e"], "own"),
    ])
    func namesTheDefaultModel(environment: [String: String], name: String) throws {
        #expect(try reader(environment).model().text == name)
    }

    private func reader(_ environment: [String: String]) -> SettingsReader {
        SettingsReader(flags: Flags(), environment: environment)
    }

    private func parsed(_ text: String) throws -> EnvironmentFile {
        try EnvironmentFile(parsing: Array(text.utf8), name: ".env")
    }
}
