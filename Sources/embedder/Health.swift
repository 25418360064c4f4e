// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `embedder health`: asks a running server whether it is ready; for container health checks, which have no curl.
struct Health: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask a running server whether it is ready.",
        discussion: "Exits with 0 when it is, with 1 when it is not or can't be reached."
    )

    @Option(.host) var host: String?
    @Option(.port) var port: String?
    @Option(.environmentFile) var environmentFile: String?

    @Option(help: ArgumentHelp("Seconds to wait for the answer.", valueName: "seconds"))
    var timeout = 5

    func run() throws {
        guard (1...3600).contains(timeout) else {
            throw ValidationError("--timeout is \(timeout); expected 1 to 3600.")
        }
        let reader = try SettingsReader(Flags([.host: host, .port: port, .environmentFile: environmentFile]))
        let port = try reader.integer(.port)
        guard port > 0 else { throw ValidationError("port is 0; expected the one that the server listens on.") }
        let host = try reader.text(.host)
        // A server on all addresses is asked on this machine's own.
        let reachable = ["0.0.0.0": "127.0.0.1", "::": "::1"][host] ?? host
        let probe = HealthProbe(host: reachable, port: port)
        let status: Int
        do {
            status = try probe.status(within: .seconds(timeout))
        } catch {
            throw CommandFailure("no answer from \(probe.url): \(error)")
        }
        guard status == 200 else { throw CommandFailure("not ready: \(probe.url) answered \(status)") }
        print("ready")
    }
}
