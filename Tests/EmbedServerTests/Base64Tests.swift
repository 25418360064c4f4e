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

    @Test(arguments: 0..<40)
    func readsWhatFoundationWrites(count: Int) throws {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let options: [Data.Base64EncodingOptions] = [[], .lineLength64Characters]
        for option in options {
            let text = Array(Data(bytes).base64EncodedString(options: option).utf8)
            #expect(try Base64.decode(text.span) == bytes)
            #expect(try Base64.decode(text.span, maxByteCount: count) == bytes)
            if count > 0 {
                #expect(throws: Base64.Fault.tooLong(limit: count - 1)) {
                    try Base64.decode(text.span, maxByteCount: count - 1)
                }
            }
        }
    }

    @Test(arguments: [
        ("a", Base64.Fault.length), ("aG", .length), ("aGk", .length), ("aGk==", .length), ("=", .length),
        ("aGVs=", .length), ("a===", .length), ("aGk=aGk=", .character(offset: 4)), ("aG k", .character(offset: 2)),
        ("aG-_", .character(offset: 2)), ("aGé=", .character(offset: 2)), ("====", .length),
    ])
    func refusesWhatIsNoBase64(text: String, fault: Base64.Fault) {
        #expect(throws: fault) { try Base64.decode(Array(text.utf8).span) }
    }
}
