// SPDX-License-Identifier: Apache-2.0

import EmbedHub
import Glibc
import Synchronization

/// Shows a download on standard error: a bar on a terminal, a line for each file elsewhere.
final class DownloadDisplay: Sendable {
    private struct State {
        var bar: ProgressBar?
        var done = 0
        var filesLeft = 0
    }

    private let name: String
    private let isTerminal = Terminal.isTerminal(STDERR_FILENO)
    private let state = Mutex(State())

    private init(name: String) {
        self.name = name
    }

    /// Watches the download of the model that a person called `name`.
    static func standardError(_ name: String) -> DownloadObserver {
        let display = DownloadDisplay(name: name)
        return { display.show($0) }
    }

    private func show(_ event: DownloadEvent) {
        state.withLock { state in
            switch event {
            case .started(let files, let byteCount, let alreadyHere):
                guard files > 0 else { return }
                let here = alreadyHere > 0 ? "; \(alreadyHere) are here" : ""
                let count = "\(files) \(files == 1 ? "file" : "files")"
                note("downloading \(name): \(count), \(ByteCount.text(byteCount))\(here)")
                state.bar = ProgressBar(total: byteCount, .bytes)
                state.filesLeft = files
            case .progressed(let byteCount):
                state.done += byteCount
                state.bar?.update(state.done)
            case .resumed(let file, let byteCount, let total):
                note("  \(file): resumed at \(total > 0 ? byteCount * 100 / total : 0) %")
            case .finished(let file, let byteCount):
                if !isTerminal { note("  \(file) \(ByteCount.text(byteCount))") }
                state.filesLeft -= 1
                if state.filesLeft == 0 { state.bar?.finish(state.done) }
            case .waiting(let file):
                note("  \(file): another process is downloading it; waiting")
            case .retrying(let file, let reason, let delay):
                note("  \(file): \(reason); again in \(Int(delay / .seconds(1))) s")
            }
        }
    }

    private func note(_ line: String) { Terminal.note("\(isTerminal ? "\r\u{1B}[K" : "")\(line)\n") }
}
