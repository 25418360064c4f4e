// SPDX-License-Identifier: Apache-2.0

/// The program's version.
enum Version {
    /// Follows semantic versioning; changed together with CHANGELOG.md.
    static let current = "0.1.0"
}
