// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

extension ConfigObject {
    /// A number above 0.
    func positive(_ key: String, default fallback: Double? = nil) throws(ModelFileError) -> Double {
        let number = try double(key, default: fallback)
        guard number > 0 else {
            throw invalid(key, found: "\(number)", expected: "a number above 0")
        }
        return number
    }
}
