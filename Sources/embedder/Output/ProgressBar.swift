// SPDX-License-Identifier: Apache-2.0

import Glibc

/// One line on standard error that shows how far a long job is; nothing when that is no terminal.
struct ProgressBar {
    /// What is counted.
    enum Unit {
        case things(String)
        case bytes
    }

    private let total: Int?
    private let unit: Unit
    private let isShown: Bool
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var lastDrawn: ContinuousClock.Instant?

    /// A `total` of `nil` shows a count and a rate instead of a bar.
    init(total: Int?, unit: String) { self.init(total: total, .things(unit)) }

    init(total: Int?, _ unit: Unit) {
        self.total = total
        self.unit = unit
        isShown = Terminal.isTerminal(STDERR_FILENO)
        start = clock.now
    }

    /// Shows `done` of the total, at most ten times a second.
    mutating func update(_ done: Int) {
        let now = clock.now
        guard isShown, lastDrawn.map({ now - $0 > .milliseconds(100) }) ?? true else { return }
        lastDrawn = now
        draw(done, now)
    }

    /// Shows the final state and ends the line.
    mutating func finish(_ done: Int) {
        guard isShown, lastDrawn != nil else { return }
        draw(done, clock.now)
        Terminal.note("\n")
    }

    private func draw(_ done: Int, _ now: ContinuousClock.Instant) {
        let seconds = max((now - start) / .seconds(1), 1e-9)
        let rate = Double(done) / seconds
        var line = "\r\u{1B}[K"
        if let total, total > 0 {
            let width = 30
            let filled = width * min(done, total) / total
            let left = rate > 0 ? Int(Double(total - done) / rate) : 0
            line += String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
            line += " \(text(done, of: total, rate: rate)), \(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60) left"
        } else {
            line += text(done, of: nil, rate: rate)
        }
        Terminal.note(line)
    }

    private func text(_ done: Int, of total: Int?, rate: Double) -> String {
        switch unit {
        case .things(let name): "\(done)\(total.map { "/\($0)" } ?? "") \(name), \(Int(rate))/s"
        case .bytes:
            "\(ByteCount.text(done))\(total.map { " of \(ByteCount.text($0))" } ?? ""), \(ByteCount.text(Int(rate)))/s"
        }
    }
}
