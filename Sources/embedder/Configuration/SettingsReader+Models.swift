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

    /// The model to work with; downloaded if it is not on this machine and there is a network.
    func obtainModel() async throws -> LocatedModel {
        let model = try model()
        return try await obtain(model.text, origin: model.origin)
    }

    /// The model that `name` stands for; downloaded if it is not on this machine and there is a network.
    @discardableResult
    func obtain(
        _ name: String, origin: Setting.Origin,
        watch: (_ name: String) -> DownloadObserver = DownloadDisplay.standardError
    ) async throws -> LocatedModel {
        let hub = try HubModels(store: modelStore(), settings: hubSettings())
        do {
            return try await hub.obtain(name, watch: watch)
        } catch {
            guard origin.variable != nil, !(error is CancellationError) else { throw error }
            throw CommandFailure("\(origin): \(error)")
        }
    }

    /// How the Hub is reached.
    func hubSettings() throws -> HubSettings {
        var settings = try HubSettings(endpoint: text(.hubEndpoint))
        settings.isOffline = try isOn(.offline)
        settings.listingTimeout = .seconds(try integer(.hubListingTimeout))
        settings.certificates = try textIfSet(.certificates)
        settings.timeout = .seconds(try integer(.hubTimeout))
        settings.proxies = try Proxies(
            https: textIfSet(.httpsProxy), http: textIfSet(.httpProxy), exceptions: textIfSet(.noProxy))
        settings.token = try hubToken()
        return settings
    }

    /// The token: as it is set, or as `hf auth login` has left it.
    func hubToken() throws -> String? {
        if try isOn(.implicitTokenOff) { return nil }
        let text: String
        if let token = try textIfSet(.hubToken) {
            text = token
        } else {
            let named = try textIfSet(.hubTokenFile)
            let home = try ModelStore.hubHome(
                home: home, cacheHome: textIfSet(.cacheHome), hubHome: textIfSet(.hubHome))
            let path = ModelStore.expanded(named ?? "\(home)/token", home: self.home)
            if named == nil, SmallFile.kind(of: path) != .regular { return nil }
            text = String(decoding: try SmallFile.read(path, limit: 4096), as: UTF8.self)
        }
        let token = text.filter { !$0.isWhitespace }
        // A header holds nothing else, and one that is split in two would say other things than meant.
        guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ValidationError(
                "the Hub's token (HF_TOKEN or its file) is no token: letters and digits are expected.")
        }
        return token.isEmpty ? nil : token
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
