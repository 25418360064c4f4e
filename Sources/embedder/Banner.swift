// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedServer
import Logging

/// What the server says when it starts: where it listens, what it computes with, and a command to try.
struct Banner {
    let configuration: ServerConfiguration
    let device: CPUDevice

    /// Writes the banner to the log; `port` is the one really bound.
    func write(port: Int, to logger: Logger) {
        let address = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
        logger.info(
            "listening",
            metadata: [
                "url": "http://\(address):\(port)", "version": "\(Version.current)", "device": "\(device.name)",
                "threads": "\(device.threads)",
            ])
        if configuration.apiKeys.isEmpty, !isLoopback {
            logger.warning(
                "anyone who can reach this address can use the server: set --api-key, or listen on 127.0.0.1",
                metadata: ["host": "\(configuration.host)"])
        }
        let key = configuration.apiKeys.isEmpty ? "" : " -H 'Authorization: Bearer …'"
        logger.info(
            """
            try: curl http://\(address):\(port)/v1/embeddings\(key) -H 'Content-Type: application/json' \
            -d '{"model":"all-MiniLM-L6-v2","input":"Hello world"}'
            """)
    }

    private var isLoopback: Bool {
        configuration.host == "localhost" || configuration.host == "::1" || configuration.host.hasPrefix("127.")
    }
}
