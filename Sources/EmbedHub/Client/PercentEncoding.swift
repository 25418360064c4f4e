// SPDX-License-Identifier: Apache-2.0

/// Percent-encoding of parts of an address.
enum PercentEncoding {
    /// `text` as one part of a path: slashes too are encoded.
    static func component(_ text: String) -> String { encoded(text, keepsSlashes: false) }

    /// `text` as a path.
    static func path(_ text: String) -> String { encoded(text, keepsSlashes: true) }

    /// Leaves what RFC 3986 calls unreserved.
    private static func encoded(_ text: String, keepsSlashes: Bool) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            let isPlain = RepositoryID.isNameByte(byte) || byte == UInt8(ascii: "~")
            if isPlain || (keepsSlashes && byte == UInt8(ascii: "/")) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
