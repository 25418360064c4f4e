// SPDX-License-Identifier: Apache-2.0

import Crypto
import EmbedImages
import EmbedJSON
import EmbedTestSupport
import Foundation

/// The files of Tests/Fixtures/Images; Scripts/fixtures/images.py says what each of them is.
enum ImageFiles {
    /// What Pillow makes of a file.
    struct Expected {
        let name: String
        let stored: Pixels
        /// As turned by `exif_transpose`.
        let upright: Pixels
        /// Of the latter's pixels as Transformers' processors lay them on white.
        let onWhite: String
    }

    struct Pixels: Equatable {
        let width: Int
        let height: Int
        /// Of the rows of red, green and blue, in hexadecimal.
        let sha256: String

        init(of image: RGBImage) {
            width = image.width
            height = image.height
            sha256 = ImageFiles.sha256(image.pixels)
        }

        init?(_ value: JSONValue) {
            guard let width = value["width"]?.int, let height = value["height"]?.int,
                let sha256 = value["sha256"]?.string
            else { return nil }
            self.width = width
            self.height = height
            self.sha256 = sha256
        }
    }

    static func read(_ name: String) throws -> [UInt8] { try Fixtures.bytes("Images/Read/\(name)") }

    static func refused(_ name: String) throws -> [UInt8] { try Fixtures.bytes("Images/Refused/\(name)") }

    /// The names of all that are refused.
    static func refusedNames() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: Fixtures.path("Images/Refused")).sorted()
    }

    /// All that are read and whose names begin with `prefix`.
    static func expected(_ prefix: String) throws -> [Expected] {
        let root = try JSONDocument(parsing: Fixtures.bytes("Images/Read/expected.json")).root
        guard let members = root.members else { throw TestSupportError("expected.json isn't an object") }
        return try members.filter { $0.key.hasPrefix(prefix) }.map { name, value in
            guard let stored = Pixels(value), let upright = value["upright"].map({ Pixels($0) }) ?? stored else {
                throw TestSupportError("expected.json lacks a member of \(name)")
            }
            return Expected(
                name: name, stored: stored, upright: upright, onWhite: value["on_white"]?.string ?? upright.sha256)
        }
    }

    static func sha256(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
