// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import embedder

@Suite struct ImageURLTests {
    @Test(arguments: [
        ("http://example.com", "http://example.com:80/"),
        ("HTTPS://Example.COM/A.png", "https://example.com:443/A.png"),
        ("https://example.com:8443/a?b=c#d", "https://example.com:8443/a?b=c"),
        ("http://example.com?q=%20", "http://example.com:80/?q=%20"), ("http://a-b_c.d1/", "http://a-b_c.d1:80/"),
        ("http://192.0.2.7:81/x", "http://192.0.2.7:81/x"), ("http://[2001:DB8::1]/", "http://[2001:db8::1]:80/"),
        ("http://[::1]:90", "http://[::1]:90/"), ("https://example.com/a@b:c", "https://example.com:443/a@b:c"),
    ])
    func readsPlainAddresses(text: String, expected: String) {
        #expect(ImageURL(text)?.text == expected)
    }

    /// What parsers read in different ways, or what is no address of a server.
    @Test(arguments: [
        "", "http", "http:", "http:/example.com", "http:example.com", "http://", "http:///a", "//example.com/a",
        "ftp://example.com/a", "file:///etc/passwd", "data:image/png;base64,AAAA", "javascript://example.com",
        "http://user@example.com/", "http://user:word@example.com/", "http://example.com@127.0.0.1/",
        "http://127.0.0.1:80@example.com/", #"http://example.com\@127.0.0.1/"#, #"http:\\example.com\a"#,
        #"http://example.com\.internal/"#, "http://example.com:/", "http://example.com:0/", "http://example.com:65536/",
        "http://example.com:+80/", "http://example.com:80:80/", "http://example.com:8o/", "http://example.com /",
        " http://example.com/", "http://example.com/\r\nHost: b", "http://example.com/\u{0}", "http://exämple.com/",
        "http://example。com/", "http://example%2ecom/", "http://.example.com/", "http://example..com/",
        "http://example.com./", "http://-a.com/", "http://a-.com/", "http://2130706433/", "http://127.1/",
        "http://0x7f000001/", "http://0x7f.0.0.1/", "http://017700000001/", "http://0177.0.0.1/", "http://127.0.0.01/",
        "http://127.0.0.256/", "http://1.2.3.4.5/", "http://1.2.3/", "http://[::1", "http://[::1]a/",
        "http://[127.0.0.1]/", "http://[fe80::1%25eth0]/", "http://[example.com]/", "http://::1/", "http://a[::1]/",
        "http://\(String(repeating: "a", count: 64)).com/", "http://example.com/\(String(repeating: "a", count: 2048))",
    ])
    func refusesEveryOtherForm(text: String) {
        #expect(ImageURL(text) == nil)
    }
}
