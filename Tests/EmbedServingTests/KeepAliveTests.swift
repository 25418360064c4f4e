// SPDX-License-Identifier: Apache-2.0

import EmbedServing
import Testing

@Suite struct KeepAliveTests {
    @Test(arguments: [
        ("5m", KeepAlive.lasting(.seconds(300))), ("300", .lasting(.seconds(300))), ("0", .lasting(.zero)),
        ("0s", .lasting(.zero)), ("-0", .lasting(.zero)), ("1h30m", .lasting(.seconds(5400))),
        ("1.5s", .lasting(.milliseconds(1500))), ("250ms", .lasting(.milliseconds(250))),
        ("2h45m10s", .lasting(.seconds(9910))), ("+10s", .lasting(.seconds(10))), ("0.5", .lasting(.milliseconds(500))),
        ("-1", .forever), ("-1s", .forever), ("-5m", .forever), ("9999999999", .forever), ("1000000h", .forever),
    ])
    func readsWhatOllamaTakes(text: String, expected: KeepAlive) {
        #expect(KeepAlive(text) == expected)
    }

    @Test(arguments: [
        "", "-", "+", "m", "5x", "5 m", "m5", "five", "1.2.3s", ".", ".s", "5m3", "--1", "inf", "nan", "0x10", "1e3",
        "-m", "\u{661}s",
    ])
    func refusesWhatIsNoTime(text: String) {
        #expect(KeepAlive(text) == nil)
    }
}
