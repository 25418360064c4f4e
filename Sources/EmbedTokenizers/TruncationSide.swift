// SPDX-License-Identifier: Apache-2.0

/// Which end of a text is cut off when it is too long.
package enum TruncationSide: Sendable {
    /// Drops the last tokens; the text is read only as far as needed.
    case right
    /// Drops the first tokens; the text is read whole.
    case left
}
