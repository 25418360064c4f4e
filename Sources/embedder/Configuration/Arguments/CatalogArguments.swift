// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// What the server's models are called, and which further ones requests may name.
struct CatalogArguments: SettingArguments {
    @Option(.servedModelName) var servedModelName: String?
    @Option(.allowlist) var allowlist: String?
    @Option(.maxLoadedModels) var maxLoadedModels: String?
    @Option(.modelMemory) var modelMemory: String?
    @Option(.keepAlive) var keepAlive: String?
    @Option(.loadWait) var loadWait: String?

    var flags: Flags {
        Flags([
            .servedModelName: servedModelName, .allowlist: allowlist, .maxLoadedModels: maxLoadedModels,
            .modelMemory: modelMemory, .keepAlive: keepAlive, .loadWait: loadWait,
        ])
    }
}
