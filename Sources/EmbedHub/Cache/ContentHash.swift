// SPDX-License-Identifier: Apache-2.0

import Crypto

/// What identifies the content of a file on the Hub.
package enum ContentHash: Sendable, Equatable {
    /// Of files in large file storage: SHA-256 of the content, 64 hexadecimal digits.
    case sha256(String)
    /// Of all others: git's name of the content, 40 hexadecimal digits.
    case git(String)

    /// `nil` for what is neither.
    package init?(_ text: String) {
        let isHexadecimal = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
        }
        switch (isHexadecimal, text.utf8.count) {
        case (true, 64): self = .sha256(text)
        case (true, 40): self = .git(text)
        default: return nil
        }
    }

    package var text: String {
        switch self {
        case .sha256(let text), .git(let text): text
        }
    }
}

/// Computes a ``ContentHash`` piece by piece.
struct ContentHasher: Sendable {
    private enum State: Sendable {
        case sha256(SHA256)
        case git(Insecure.SHA1)
    }

    private var state: State

    /// For content of `byteCount` bytes whose hash should be `expected`.
    init(like expected: ContentHash, byteCount: Int) {
        switch expected {
        case .sha256:
            state = .sha256(SHA256())
        case .git:
            var sha1 = Insecure.SHA1()
            // https://git-scm.com/book/en/v2/Git-Internals-Git-Objects: a header before the content.
            sha1.update(data: Array("blob \(byteCount)\0".utf8))
            state = .git(sha1)
        }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch state {
        case .sha256(var hash):
            hash.update(bufferPointer: bytes)
            state = .sha256(hash)
        case .git(var hash):
            hash.update(bufferPointer: bytes)
            state = .git(hash)
        }
    }

    /// The hash of all that came so far.
    func value() -> ContentHash {
        switch state {
        case .sha256(let hash): .sha256(Self.hexadecimal(hash.finalize()))
        case .git(let hash): .git(Self.hexadecimal(hash.finalize()))
        }
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
