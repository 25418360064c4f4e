// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// Which model a command works with, and where its files and settings are.
struct ModelLocation: SettingArguments {
    @Option(.model) var model: String?
    @Option(.modelsDirectory) var modelsDirectory: String?
    @Flag(.offline) var offline: Bool?
    @Option(.environmentFile) var environmentFile: String?

    var flags: Flags {
        Flags(
            [.model: model, .modelsDirectory: modelsDirectory, .environmentFile: environmentFile],
            switches: [.offline: offline])
    }
}
