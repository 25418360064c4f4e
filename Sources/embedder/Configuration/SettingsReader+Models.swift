// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedDevices
import EmbedEngine
import EmbedHub
import EmbedModelFiles

/// What several commands make of the settings of models.
extension SettingsReader {
    /// The name of the model to work with.
    func model() throws -> Setting {
        for key in [.model] + DefaultModel.otherSettings {
            if let setting = try setting(key) { return setting }
        }
        return Setting(values: [DefaultModel.name], origin: .byDefault)
    }

    /// The model to work with, found on this machine.
    func locateModel() throws -> LocatedModel { try locate(model().text, origin: model().origin) }

    /// The model that `name` stands for; what goes wrong is blamed on the variable that names it.
    func locate(_ name: String, origin: Setting.Origin) throws -> LocatedModel {
        do {
            return try LocatedModel(name, store: modelStore())
        } catch {
            guard origin.variable != nil else { throw error }
            throw CommandFailure("\(origin): \(error)")
        }
    }

    /// Where models are.
    func modelStore() throws -> ModelStore {
        ModelStore(
            home: home, cacheHome: try textIfSet(.cacheHome), hubHome: try textIfSet(.hubHome),
            hubCache: try textIfSet(.hubCache), modelsDirectory: try textIfSet(.modelsDirectory))
    }

    /// The compute threads, or as many as there are processors to use.
    func threadCount() throws -> Int { try integerIfSet(.threads) ?? CPUTopology.current().usableProcessors }

    /// The device to compute on, with `threads` or as many threads as the settings say.
    func makeDevice(threads: Int? = nil) throws -> CPUDevice {
        if let device = try setting(.device), device.text == "cuda" {
            throw ValidationError("\(device.origin) is \"cuda\"; this build has no CUDA device: use auto or cpu.")
        }
        if let quantization = try setting(.bitsandbytes) {
            throw ValidationError(
                "\(quantization.origin) is \"\(quantization.text)\", which needs a CUDA device; on a CPU leave it "
                    + "empty and use --dtype int8.")
        }
        return try CPUDevice(threads: threads ?? threadCount(), isa: textIfSet(.kernel))
    }

    /// How a model is loaded.
    func modelOptions(tokenIDPolicy: TokenIDPolicy = .framed) throws -> ModelOptions {
        ModelOptions(
            maxInputTokens: try integerIfSet(.maxInputTokens), pooling: try choiceIfSet(.pooling),
            tokenIDPolicy: tokenIDPolicy, weightType: try choice(.dtype))
    }
}
