// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// What requests may ask, and how they are batched.
struct RequestArguments: SettingArguments {
    @Option(.truncate) var truncate: String?
    @Option(.maxInputs) var maxInputs: String?
    @Option(.maxBatchSize) var maxBatchSize: String?
    @Option(.maxBatchTokens) var maxBatchTokens: String?
    @Option(.matryoshka) var matryoshka: String?
    @Option(.tokenIDs) var tokenIDs: String?
    @Option(.imageURLs) var imageURLs: [String] = []
    @Option(.modelsFormat) var modelsFormat: String?

    var flags: Flags {
        Flags(
            [
                .truncate: truncate, .maxInputs: maxInputs, .maxBatchSize: maxBatchSize,
                .maxBatchTokens: maxBatchTokens, .matryoshka: matryoshka, .tokenIDs: tokenIDs,
                .modelsFormat: modelsFormat,
            ],
            lists: [.imageURLs: imageURLs])
    }
}
