// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import EmbedServer

@Suite struct ContentTypeTests {
    @Test(arguments: [
        ("application/json", true), ("APPLICATION/JSON", true), ("application/json;charset=utf-8", true),
        ("application/json ; charset=\"UTF-8\" ; x=y", true), ("application/vnd.api+json", true), ("text/json", true),
        ("application/json; charset=utf-16", false), ("application/json; charset=iso-8859-1", false),
        ("application/jsonp", false), ("text/plain", false), ("application/x-www-form-urlencoded", false),
        ("multipart/form-data; boundary=application/json", false), ("", false), (";", false), ("+json", false),
    ])
    func knowsJSON(text: String, isJSON: Bool) {
        #expect(ContentType(text).isJSON == isJSON)
    }
}
