// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import EmbedServer

@Suite struct ValueCountTests {
    @Test(arguments: [
        ("[1,2,3]", 3), (#"{"a":[1,[2]],"b":"x"}"#, 5), (#"["a,b,[,{","\\",",\",,"]"#, 3), ("", 0), (#"",,,,,"#, 0),
    ])
    func countsOutsideStrings(json: String, count: Int) {
        #expect(!ValueCount.isOver(count, in: Array(json.utf8)))
        if count > 0 { #expect(ValueCount.isOver(count - 1, in: Array(json.utf8))) }
    }
}
