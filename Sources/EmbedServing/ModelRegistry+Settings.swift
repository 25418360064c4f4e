// SPDX-License-Identifier: Apache-2.0

package import EmbedEngine

extension ModelRegistry {
    /// What applies to every request unless it says otherwise.
    package struct Settings: Sendable {
        package var limits = ServingLimits()
        package var matryoshka = MatryoshkaPolicy.normalized
        package var models = ModelLimits()
        /// How long a request waits while its model is loaded, before it is told to come back.
        package var longestWait = KeepAlive.forever
        package var clock = RegistryClock.continuous
        /// Called after a model has left memory.
        package var afterUnload: @Sendable () -> Void = {}
        /// Called once the models that load at the start have loaded.
        package var afterStart: @Sendable () -> Void = {}

        package init() {}
    }
}
