// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedDevices
import EmbedEngine
import EmbedHub
import EmbedJSON
import EmbedModelFiles
import FoundationEssentials
import Glibc

/// `embedder doctor`: what Embedder finds on this machine, and whether the model works.
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what Embedder finds on this machine, and try the model.",
        discussion: "Exits with 1 when the model can't be found, loaded or run."
    )

    @OptionGroup
    var location: ModelLocation

    @Flag(help: "As a JSON object.")
    var json = false

    @OptionGroup(title: "Model")
    var modelArguments: ModelArguments

    func run() throws {
        let reader = try SettingsReader(location.flags + modelArguments.flags)
        let device = try reader.makeDevice()
        let name = try reader.model().text
        var findings = machine(device) + (try paths(reader))
        var failure: String?
        do {
            findings += try modelFindings(reader.locateModel(), device, reader)
        } catch {
            failure = "\(error)"
            findings.append(("model", "\(name): \(error)"))
        }
        try show(findings)
        if let failure { throw CommandFailure(failure) }
    }

    private typealias Finding = Terminal.Row

    private func machine(_ device: CPUDevice) -> [Finding] {
        let topology = CPUTopology.current()
        let quota = topology.quota.map { "\($0)" } ?? "none"
        return [
            ("version", Version.current),
            ("processor", CPUDevice.processorName),
            (
                "kernels",
                CPUDevice.instructionSets.map { "\($0.isa)\($0.isUsable ? "" : " (not here)")" }.joined(separator: ", ")
            ),
            ("kernel chosen", device.isa),
            ("threads", "\(device.threads)"),
            ("processors allowed", "\(topology.allowedProcessors)"),
            ("cgroup quota", quota),
        ]
    }

    private func paths(_ reader: SettingsReader) throws -> [Finding] {
        func state(_ path: String) -> String { "\(path)\(ModelStore.isDirectory(path) ? "" : " (not there)")" }
        let store = try reader.modelStore()
        return [
            ("models directory", state(store.modelsDirectory)), ("hub cache", state(store.hubCache)),
            // Whether a token is there, never the token.
            ("HF_TOKEN", try reader.hubToken() == nil ? "not set" : "set"),
            ("hub", try reader.isOn(.offline) ? "offline" : reader.text(.hubEndpoint)),
        ]
    }

    private func modelFindings(
        _ located: LocatedModel, _ device: CPUDevice, _ reader: SettingsReader
    ) throws -> [Finding] {
        let clock = ContinuousClock()
        let start = clock.now
        let model = try EmbeddingModel.load(
            from: located.directory, on: device, options: try reader.modelOptions())
        let loaded = clock.now
        _ = try model.embed([try model.prepare(.text("Hello world"))])
        let embedded = clock.now
        let description = model.description
        return [
            ("model", located.id),
            ("model files", located.directory.path),
            ("architecture", description.architecture),
            ("dimension", "\(description.dimension)"),
            ("max input tokens", "\(description.maxInputTokens)"),
            ("pooling", description.pooling.joined(separator: ", ") + (description.isNormalized ? ", normalized" : "")),
            ("weights", "\(description.weightByteCount >> 20) MiB, \(description.weightType)"),
            ("arithmetic", description.arithmetic),
            ("cosine to float32", description.fidelity.map { "\($0)" } ?? "these are float32"),
            ("load", "\(Int((loaded - start) / .milliseconds(1))) ms"),
            ("first vector", "\(Int((embedded - loaded) / .milliseconds(1))) ms"),
        ]
    }

    private func show(_ findings: [Finding]) throws {
        guard json else { return try Terminal.print(findings) }
        var writer = JSONWriter()
        writer.object { writer in
            for (name, value) in findings { writer.member(name.replacing(" ", with: "_"), value) }
        }
        try Terminal.print(writer.bytes + [UInt8(ascii: "\n")])
    }
}
