// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedDevices
import EmbedEngine
import EmbedHub
import EmbedModelFiles
import FoundationEssentials

/// The settings that every command with a model has.
struct ModelArguments: ParsableArguments {
    @Option(name: ConfigurationKeys.threads.flags, help: ConfigurationKeys.threads.argumentHelp(valueName: "n"))
    var threads: String?

    @Option(name: ConfigurationKeys.dtype.flags, help: ConfigurationKeys.dtype.argumentHelp(valueName: "type"))
    var dtype: String?

    @Option(name: ConfigurationKeys.pooling.flags, help: ConfigurationKeys.pooling.argumentHelp(valueName: "mode"))
    var pooling: String?

    @Option(
        name: ConfigurationKeys.maxInputTokens.flags,
        help: ConfigurationKeys.maxInputTokens.argumentHelp(valueName: "n"))
    var maxInputTokens: String?

    @Option(name: ConfigurationKeys.kernel.flags, help: ConfigurationKeys.kernel.argumentHelp(valueName: "isa"))
    var kernel: String?

    /// The device that the settings ask for.
    func makeDevice(_ reader: SettingsReader = SettingsReader()) throws -> CPUDevice {
        try makeDevice(reader, threads: threadCount(reader))
    }

    /// The same with another number of threads.
    func makeDevice(_ reader: SettingsReader, threads: Int) throws -> CPUDevice {
        try CPUDevice(threads: threads, isa: reader.text(ConfigurationKeys.kernel, flag: kernel))
    }

    /// The compute threads that the settings ask for, or as many as there are processors to use.
    func threadCount(_ reader: SettingsReader) throws -> Int {
        try reader.int(ConfigurationKeys.threads, flag: threads, in: 1...1024)
            ?? CPUTopology.current().usableProcessors
    }

    /// The type of the weights.
    func weightType(_ reader: SettingsReader) throws -> WeightType {
        try reader.choice(ConfigurationKeys.dtype, flag: dtype, of: WeightType.self) ?? .float32
    }

    /// The settings of the model itself.
    func modelOptions(
        _ reader: SettingsReader = SettingsReader(), tokenIDPolicy: TokenIDPolicy = .framed
    ) throws -> ModelOptions {
        ModelOptions(
            maxInputTokens: try reader.int(ConfigurationKeys.maxInputTokens, flag: maxInputTokens, in: 1...16_777_216),
            pooling: try reader.choice(ConfigurationKeys.pooling, flag: pooling, of: PoolingMode.self),
            tokenIDPolicy: tokenIDPolicy, weightType: try weightType(reader))
    }
}

/// A model as a person named it, found on this machine.
struct LocatedModel {
    /// The canonical id: the Hub's, or the directory's name.
    let id: String
    /// Other names that requests may use.
    let aliases: [String]
    let directory: ModelDirectory

    /// Finds the model that `text` names.
    init(_ text: String, store: ModelStore) throws {
        let reference = try ModelReference(text, isDirectory: ModelStore.isDirectory)
        directory = try ModelDirectory(path: try store.directory(of: reference))
        switch reference {
        case .directory(let path):
            let name = path.split(separator: "/").last.map(String.init) ?? path
            id = name == "." || name == ".." ? "model" : name
            aliases = []
        case .repository(let repository, _):
            id = repository.text
            aliases = repository.shortName == repository.text ? [] : [repository.shortName]
        }
    }

    /// The store that the environment describes.
    static func defaultStore() -> ModelStore { ModelStore(environment: ProcessInfo.processInfo.environment) }
}
