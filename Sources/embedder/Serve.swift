// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedHub
import Glibc
import Logging
import ServiceLifecycle

/// `embedder serve`: answers HTTP requests with vectors.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start the server.",
        discussion: """
            MODEL is an id of the Hub, id@revision, or a directory. What is not on this machine is downloaded first. The \
            last part of an id is always an alias. A request that names no model gets the first.

            embedder serve
            embedder serve ./my-model --port 9000 --api-key secret
            embedder serve --print-config
            """
    )

    @Argument(help: ArgumentHelp("Models to serve (default: \(DefaultModel.name)).", valueName: "model"))
    var models: [String] = []

    @Flag(
        name: [.customLong("print-config"), .customLong("show-config")],
        help: "Check all settings, show each one's value and where it comes from, and exit.")
    var printsConfiguration = false

    @OptionGroup(title: "Server")
    var serverArguments: ServerArguments

    @OptionGroup(title: "Models")
    var location: ModelLocation

    @OptionGroup(title: "Models")
    var catalogArguments: CatalogArguments

    @OptionGroup(title: "Computing")
    var modelArguments: ModelArguments

    @OptionGroup(title: "Requests")
    var requestArguments: RequestArguments

    @OptionGroup(title: "Logging")
    var logArguments: LogArguments

    private var flags: Flags {
        serverArguments.flags + location.flags + catalogArguments.flags + modelArguments.flags
            + requestArguments.flags + logArguments.flags
    }

    func run() async throws {
        let reader = try SettingsReader(flags)
        let shutdown = await Shutdown()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await shutdown.watchSignals() }
            defer { group.cancelAll() }
            if !printsConfiguration { try await obtainModels(reader) }
            let settings = try ServeSettings(reader, names: models)
            let device = try reader.makeDevice()
            if printsConfiguration {
                try Terminal.print(Array(ConfigurationTable(reader, effective: settings.effective).text.utf8))
                return
            }
            OpenFiles.raiseLimit()
            ProgramMemory.returnLargeBlocks()
            try await build(settings, on: device, shutdown).run()
        }
    }

    /// Downloads those of the models named at the start that are not on this machine.
    private func obtainModels(_ reader: SettingsReader) async throws {
        // A mistake should be found before the download, not after it.
        try reader.checkAll()
        let model = try reader.model()
        let watch = try watch(reader)
        for name in models.isEmpty ? [model.text] : models {
            try await reader.obtain(name, origin: models.isEmpty ? model.origin : .argument, watch: watch)
        }
        for key in DefaultModel.otherSettings {
            guard let setting = try reader.setting(key) else { continue }
            try await reader.obtain(setting.text, origin: setting.origin, watch: watch)
        }
    }

    /// Who watches downloads: a person at a terminal, or else the log.
    private func watch(_ reader: SettingsReader) throws -> (_ name: String) -> DownloadObserver {
        if Terminal.isTerminal(STDERR_FILENO) { return DownloadDisplay.standardError }
        let level: Logger.Level = try reader.choice(.logLevel)
        let format: LineLogHandler.Format = try reader.choice(.logFormat)
        return DownloadLog.observer(
            Logger(label: "embedder") { _ in LineLogHandler(level: level, format: format) })
    }
}
