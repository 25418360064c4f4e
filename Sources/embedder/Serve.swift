// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedEngine
import EmbedServer
import EmbedServing
import Glibc
import Logging
import ServiceLifecycle
import UnixSignals

/// `embedder serve`: answers HTTP requests with vectors.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start the server.",
        discussion: """
            MODEL is an id of the Hub whose files are on this machine, id@revision, or a directory. The last part of an \
            id is always an alias. A request that names no model gets the first.

            embedder serve
            embedder serve ./my-model --port 9000 --api-key secret
            """
    )

    @Argument(
        help: ArgumentHelp(
            "Models to serve (default: \(ConfigurationKeys.model.defaultValue ?? "")).", valueName: "model"))
    var models: [String] = []

    @Option(
        name: ConfigurationKeys.model.flags,
        help: ArgumentHelp("The same as the argument, for scripts of other servers.", valueName: "model"))
    var model: String?

    @Option(name: ConfigurationKeys.host.flags, help: ConfigurationKeys.host.argumentHelp(valueName: "address"))
    var host: String?

    @Option(name: ConfigurationKeys.port.flags, help: ConfigurationKeys.port.argumentHelp(valueName: "port"))
    var port: String?

    @Option(name: ConfigurationKeys.apiKey.flags, help: ConfigurationKeys.apiKey.argumentHelp(valueName: "key"))
    var apiKey: [String] = []

    @Option(
        name: ConfigurationKeys.servedModelName.flags,
        help: ConfigurationKeys.servedModelName.argumentHelp(valueName: "name"))
    var servedModelName: String?

    @Option(
        name: ConfigurationKeys.modelsFormat.flags,
        help: ConfigurationKeys.modelsFormat.argumentHelp(valueName: "format"))
    var modelsFormat: String?

    @Option(name: ConfigurationKeys.truncate.flags, help: ConfigurationKeys.truncate.argumentHelp(valueName: "policy"))
    var truncate: String?

    @Option(
        name: ConfigurationKeys.matryoshka.flags, help: ConfigurationKeys.matryoshka.argumentHelp(valueName: "policy"))
    var matryoshka: String?

    @Option(name: ConfigurationKeys.tokenIDs.flags, help: ConfigurationKeys.tokenIDs.argumentHelp(valueName: "policy"))
    var tokenIDs: String?

    @Option(
        name: ConfigurationKeys.maxBatchTokens.flags,
        help: ConfigurationKeys.maxBatchTokens.argumentHelp(valueName: "n"))
    var maxBatchTokens: String?

    @Option(
        name: ConfigurationKeys.maxConcurrentRequests.flags,
        help: ConfigurationKeys.maxConcurrentRequests.argumentHelp(valueName: "n"))
    var maxConcurrentRequests: String?

    @Option(name: ConfigurationKeys.logLevel.flags, help: ConfigurationKeys.logLevel.argumentHelp(valueName: "level"))
    var logLevel: String?

    @Option(
        name: ConfigurationKeys.logFormat.flags, help: ConfigurationKeys.logFormat.argumentHelp(valueName: "format"))
    var logFormat: String?

    @OptionGroup(title: "Model")
    var modelArguments: ModelArguments

    func run() async throws {
        OpenFiles.raiseLimit()
        ProgramMemory.returnLargeBlocks()
        let services = try build()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            group.addTask { await Self.exitOnSecondSignal() }
            try await group.next()
            group.cancelAll()
        }
    }

    /// The first signal lets the server finish what it has begun; who sends another wants it gone now.
    private static func exitOnSecondSignal() async {
        var count = 0
        for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
            count += 1
            if count == 2 { Glibc.exit(EXIT_FAILURE) }
        }
    }
}
