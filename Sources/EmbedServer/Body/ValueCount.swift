// SPDX-License-Identifier: Apache-2.0

/// Counts the values of a JSON text without parsing it.
enum ValueCount {
    /// Whether there are more than `limit` commas and opening brackets outside strings, so about as many values.
    ///
    /// What is not JSON gets a number too; the parser will find out.
    ///
    /// - Complexity: O(bytes), allocates nothing.
    static func isOver(_ limit: Int, in bytes: [UInt8]) -> Bool {
        guard bytes.count > limit else { return false }
        var count = 0
        var isInString = false
        var isEscaped = false
        for byte in bytes {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "{"): count += 1
            default: break
            }
        }
        return count > limit
    }
}
