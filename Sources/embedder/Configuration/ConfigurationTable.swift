// SPDX-License-Identifier: Apache-2.0

/// What `embedder serve --print-config` shows: each setting, its value, and where it stands.
struct ConfigurationTable {
    private let groups: [(title: String, rows: [Row])]

    private struct Row {
        let name: String
        let value: String
        let origin: String
    }

    /// The values that `reader` finds, where `effective` has no others by the setting's name.
    init(_ reader: SettingsReader, effective: [String: Setting] = [:]) throws {
        groups = try ConfigurationKeys.groups.map { group in
            (
                group.title,
                try group.keys.map { key in
                    let setting = try effective[key.name] ?? reader.setting(key)
                    return Row(
                        name: key.name, value: Self.shown(setting, key),
                        origin: (setting?.origin ?? .byDefault).description)
                }
            )
        }
    }

    private static func shown(_ setting: Setting?, _ key: ConfigurationKey) -> String {
        guard let setting else { return key.defaultNote ?? "-" }
        // Neither the length nor the number of secrets.
        return key.kind.isSecret ? "********" : setting.text
    }

    var text: String {
        let rows = groups.flatMap(\.rows)
        let nameWidth = rows.map(\.name.count).max() ?? 0
        // A few long values don't push all origins out of sight.
        let valueWidth = min(rows.map(\.value.count).max() ?? 0, 32)
        let parts = groups.map { group in
            ([group.title]
                + group.rows.map { "  \(padded($0.name, nameWidth))  \(padded($0.value, valueWidth))  \($0.origin)" })
                .map { "\($0)\n" }.joined()
        }
        return parts.joined(separator: "\n")
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
