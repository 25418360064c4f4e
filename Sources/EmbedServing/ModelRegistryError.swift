// SPDX-License-Identifier: Apache-2.0

/// A model could not be loaded at the start.
package struct ModelRegistryError: Error, Sendable, CustomStringConvertible {
    package var model: String
    /// Names file, key, found and supported.
    package var reason: String

    package var description: String { "can't load \(model): \(reason)" }
}
