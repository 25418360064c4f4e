// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// How models compute: the settings of every command that runs one.
struct ModelArguments: SettingArguments {
    @Option(.threads) var threads: String?
    @Option(.device) var device: String?
    @Option(.dtype) var dtype: String?
    @Option(.pooling) var pooling: String?
    @Option(.maxInputTokens) var maxInputTokens: String?
    @Option(.kernel) var kernel: String?

    var flags: Flags {
        Flags([
            .threads: threads, .device: device, .dtype: dtype, .pooling: pooling, .maxInputTokens: maxInputTokens,
            .kernel: kernel,
        ])
    }
}
