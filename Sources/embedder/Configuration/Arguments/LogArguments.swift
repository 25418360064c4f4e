// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// What is logged, and how.
struct LogArguments: SettingArguments {
    @Option(.logLevel) var logLevel: String?
    @Option(.logFormat) var logFormat: String?

    var flags: Flags { Flags([.logLevel: logLevel, .logFormat: logFormat]) }
}
