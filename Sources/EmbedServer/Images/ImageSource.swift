// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// An image as a client sends it: the bytes of its file, or where they are.
enum ImageSource: Sendable, Equatable {
    case file([UInt8])
    /// An address that begins with "http://" or "https://"; nothing else of it has been looked at.
    case url(String)

    /// Reads what a string of a request is: a file in base64 or in a data URI, of at most `maxByteCount` bytes, or an
    /// address.
    init(_ value: JSONValue, maxByteCount: Int) throws(ImageFault) {
        guard value.kind == .string else { throw .noString }
        if value.withUTF8({ $0.begins(with: "http://") || $0.begins(with: "https://") }), let url = value.string {
            self = .url(url)
        } else {
            self = .file(
                try value.withUTF8 { text throws(ImageFault) in try Self.file(text, maxByteCount: maxByteCount) })
        }
    }

    private static func file(_ text: Span<UInt8>, maxByteCount: Int) throws(ImageFault) -> [UInt8] {
        var start = 0
        if text.begins(with: "data:") {
            guard let comma = text.firstIndex(of: UInt8(ascii: ","), before: maxDataHeader),
                text.extracting(0..<comma).ends(with: ";base64")
            else { throw .dataURI }
            start = comma + 1
        }
        let bytes: [UInt8]
        do throws(Base64.Fault) {
            bytes = try Base64.decode(
                text.extracting(start..<text.count), allowsLineBreaks: true, maxByteCount: maxByteCount)
        } catch {
            switch error {
            case .tooLong(let limit): throw .tooLarge(limit: limit)
            case .character, .length: throw .base64
            }
        }
        guard !bytes.isEmpty else { throw .empty }
        return bytes
    }

    /// Longer is no media type, and not searched.
    private static let maxDataHeader = 256
}

/// Why a member of a request is no image.
enum ImageFault: Error, Equatable, Sendable, CustomStringConvertible {
    case noString
    case empty
    case base64
    case dataURI
    case tooLarge(limit: Int)

    var description: String {
        switch self {
        case .noString: "an image is a string: base64, or a data URI"
        case .empty: "the image is empty"
        case .base64: "the image is not valid base64"
        case .dataURI: "a data URI of an image looks like \"data:image/png;base64,…\""
        case .tooLarge(let limit): "the image has more than \(limit) bytes"
        }
    }
}

extension Span<UInt8> {
    /// Whether this begins with `prefix`, which is lower case ASCII; the case of letters makes no difference.
    fileprivate func begins(with prefix: StaticString) -> Bool { matches(prefix, at: 0) }

    fileprivate func ends(with suffix: StaticString) -> Bool { matches(suffix, at: count - suffix.utf8CodeUnitCount) }

    private func matches(_ text: StaticString, at start: Int) -> Bool {
        guard start >= 0, count - start >= text.utf8CodeUnitCount else { return false }
        var position = start
        for byte in text.description.utf8 {
            let found = self[position]
            let isUpper = found >= UInt8(ascii: "A") && found <= UInt8(ascii: "Z")
            guard (isUpper ? found | 0x20 : found) == byte else { return false }
            position += 1
        }
        return true
    }

    fileprivate func firstIndex(of byte: UInt8, before limit: Int) -> Int? {
        for index in 0..<Swift.min(count, limit) where self[index] == byte { return index }
        return nil
    }
}
