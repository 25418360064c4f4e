// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import EmbedServer

@Suite struct Base64Tests {
    @Test(arguments: 0..<40)
    func writesBytesAsFoundation(count: Int) {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        var output = Array("before".utf8)
        Base64.append(bytes, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == "before" + Data(bytes).base64EncodedString())
    }

    @Test(arguments: 0..<40)
    func equalsFoundation(count: Int) {
        var generator = SystemRandomNumberGenerator()
        let values = (0..<count).map { _ in Float(bitPattern: UInt32.random(in: .min ... .max, using: &generator)) }
        let bytes = values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init) }
        var output = Array("before".utf8)
        Base64.append(littleEndian: values, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == "before" + Data(bytes).base64EncodedString())
    }
}
