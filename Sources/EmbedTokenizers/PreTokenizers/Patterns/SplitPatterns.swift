// SPDX-License-Identifier: Apache-2.0

/// Split patterns of models whose files don't hold them.
package enum SplitPatterns {
    package static var clip: String { CLIPPattern.spellings[0] }
    package static var qwen2: String { CL100KPattern.supported[0] }
}
