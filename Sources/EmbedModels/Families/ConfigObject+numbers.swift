// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles

extension ConfigObject {
    /// A number above 0, also once it is rounded to single precision, in which models compute.
    func positive(_ key: String, default fallback: Double? = nil) throws(ModelFileError) -> Double {
        let number = try double(key, default: fallback)
        guard Float(number) > 0, Float(number).isFinite else {
            throw invalid(key, found: "\(number)", expected: "a number above 0 in single precision")
        }
        return number
    }

    /// What a norm adds to a variance.
    func epsilon(_ key: String, default fallback: Float) throws(ModelFileError) -> Float {
        let number = try double(key, default: Double(fallback))
        guard number >= 0, number <= 1 else {
            throw invalid(key, found: "\(number)", expected: "a number from 0 to 1")
        }
        return Float(number)
    }
}
