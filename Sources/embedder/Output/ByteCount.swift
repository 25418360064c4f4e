// SPDX-License-Identifier: Apache-2.0

/// Numbers of bytes for people.
enum ByteCount {
    /// As disks and the Hub count: 1 MB is 1,000,000 bytes; three digits, as in "90.9 MB".
    static func text(_ byteCount: Int) -> String {
        var (value, unit) = (Double(byteCount), 0)
        let units = ["B", "kB", "MB", "GB", "TB"]
        while value >= 999.5, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
        guard unit > 0 else { return "\(byteCount) B" }
        let digits = value < 9.995 ? 100.0 : value < 99.95 ? 10 : 1
        let rounded = (value * digits).rounded() / digits
        return "\(digits == 1 ? "\(Int(rounded))" : "\(rounded)") \(units[unit])"
    }
}
