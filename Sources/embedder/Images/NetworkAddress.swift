// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An address of IP.
enum NetworkAddress: Hashable, Sendable, CustomStringConvertible {
    /// Four bytes, the first first.
    case v4([UInt8])
    /// Sixteen bytes, the first first.
    case v6([UInt8])

    /// Reads the usual forms: four decimal numbers, or IPv6's hexadecimal ones.
    init?(_ text: String) {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self = .v4(withUnsafeBytes(of: four) { Array($0) })
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        self = .v6(withUnsafeBytes(of: six) { Array($0) })
    }

    /// The address of a socket address; `nil` for other families.
    init?(_ address: UnsafePointer<sockaddr>) {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            self = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                .v4(withUnsafeBytes(of: pointer.pointee.sin_addr) { Array($0) })
            }
        case AF_INET6:
            self = address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                .v6(withUnsafeBytes(of: pointer.pointee.sin6_addr) { Array($0) })
            }
        default: return nil
        }
    }

    var description: String {
        switch self {
        case .v4(let bytes): bytes.map { "\($0)" }.joined(separator: ".")
        case .v6(let bytes):
            stride(from: 0, to: 16, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
                .joined(separator: ":")
        }
    }

    /// Whether it is one of the public Internet: not this machine's, not a private network's, not a group's, and none that
    /// holds another address inside.
    ///
    /// Follows IANA's registries of special-purpose addresses (RFC 6890); of IPv6 only 2000::/3 is given out.
    var isPublic: Bool {
        switch self {
        case .v4(let bytes): !Self.specialV4.contains { $0.contains(bytes) }
        case .v6(let bytes): Self.globalV6.contains(bytes) && !Self.specialV6.contains { $0.contains(bytes) }
        }
    }

    /// Addresses with the same first bits.
    private struct Block: Sendable {
        let bytes: [UInt8]
        let bitCount: Int

        func contains(_ address: [UInt8]) -> Bool {
            let whole = bitCount / 8
            guard address.prefix(whole) == bytes.prefix(whole) else { return false }
            let rest = bitCount % 8
            guard rest > 0 else { return true }
            return (address[whole] ^ bytes[whole]) >> UInt8(8 - rest) == 0
        }
    }

    private static let specialV4: [Block] = [
        Block(bytes: [0], bitCount: 8),  // this network
        Block(bytes: [10], bitCount: 8),  // private
        Block(bytes: [100, 64], bitCount: 10),  // carriers' address translation
        Block(bytes: [127], bitCount: 8),  // loopback
        Block(bytes: [169, 254], bitCount: 16),  // link-local, clouds' metadata among them
        Block(bytes: [172, 16], bitCount: 12),  // private
        Block(bytes: [192, 0, 0], bitCount: 24),  // protocols
        Block(bytes: [192, 0, 2], bitCount: 24),  // documentation
        Block(bytes: [192, 88, 99], bitCount: 24),  // 6to4 relays
        Block(bytes: [192, 168], bitCount: 16),  // private
        Block(bytes: [198, 18], bitCount: 15),  // benchmarks
        Block(bytes: [198, 51, 100], bitCount: 24),  // documentation
        Block(bytes: [203, 0, 113], bitCount: 24),  // documentation
        Block(bytes: [224], bitCount: 4),  // multicast
        Block(bytes: [240], bitCount: 4),  // reserved, and broadcast
    ]
    private static let globalV6 = Block(bytes: [0x20], bitCount: 3)
    private static let specialV6: [Block] = [
        Block(bytes: [0x20, 0x01, 0x00], bitCount: 23),  // protocols, Teredo among them
        Block(bytes: [0x20, 0x01, 0x0D, 0xB8], bitCount: 32),  // documentation
        Block(bytes: [0x20, 0x02], bitCount: 16),  // 6to4: an IPv4 address inside
        Block(bytes: [0x3F, 0xFF, 0x00], bitCount: 20),  // documentation
    ]
}
