// SPDX-License-Identifier: Apache-2.0

import EmbedHub
import Logging

/// Logs a download of the server.
enum DownloadLog {
    /// Watches the download of the model that a request called `name`.
    static func observer(_ logger: Logger) -> (_ name: String) -> DownloadObserver {
        { name in
            { event in
                switch event {
                case .started(let files, let byteCount, _):
                    logger.info(
                        "downloading a model",
                        metadata: ["model": "\(name)", "files": "\(files)", "bytes": "\(byteCount)"])
                case .progressed:
                    break
                case .resumed(let file, let byteCount, _):
                    logger.info(
                        "going on with a download",
                        metadata: ["model": "\(name)", "file": "\(file)", "bytes": "\(byteCount)"])
                case .finished(let file, let byteCount):
                    logger.info(
                        "downloaded a file",
                        metadata: ["model": "\(name)", "file": "\(file)", "bytes": "\(byteCount)"])
                case .waiting(let file):
                    logger.info(
                        "another process is downloading the same file",
                        metadata: ["model": "\(name)", "file": "\(file)"])
                case .retrying(let file, let reason, let delay):
                    logger.warning(
                        "a download failed and is tried again",
                        metadata: [
                            "model": "\(name)", "file": "\(file)", "reason": "\(reason)",
                            "seconds": "\(Int(delay / .seconds(1)))",
                        ])
                }
            }
        }
    }
}
