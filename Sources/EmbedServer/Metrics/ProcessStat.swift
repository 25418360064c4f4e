// SPDX-License-Identifier: Apache-2.0

/// What proc(5) says of a process in `/proc/self/stat`, in its own units.
struct ProcessStat: Equatable {
    let cpuTicks: UInt64
    /// Since the machine started.
    let startTicks: UInt64
    let virtualBytes: UInt64
    let residentPages: UInt64

    /// `nil` when `text` isn't such a line.
    init?(_ text: String) {
        // The second field is the program's name in brackets, which may hold brackets and spaces itself.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(whereSeparator: \.isWhitespace)
        /// The field with this number in the manual; the third is the first after the name.
        func field(_ number: Int) -> UInt64? {
            fields.indices.contains(number - 3) ? UInt64(fields[number - 3]) : nil
        }
        guard let user = field(14), let system = field(15), let start = field(22), let virtual = field(23),
            let resident = field(24)
        else { return nil }
        cpuTicks = user + system
        startTicks = start
        virtualBytes = virtual
        residentPages = resident
    }
}
