// SPDX-License-Identifier: Apache-2.0

/// A piece's score, read from its JSON number exactly as the reference reads it.
///
/// Not correctly rounded: the reference's JSON reader (serde_json without `float_roundtrip`) takes the digits as one
/// integer, rounds that, and multiplies or divides by a power of ten, which rounds again. Segmentations of nearly equal
/// score, such as those of "aaaa", are told apart by exactly these last bits.
enum PieceScore {
    /// Powers that a double holds exactly up to 10²², rounded beyond; the last is the highest finite one.
    private static let powers: [Double] = (0...308).map { Double("1e\($0)") ?? .infinity }

    /// The value of a JSON number that the parser has accepted; nothing when it is too large for a double.
    static func parse(_ text: Span<UInt8>) -> Double? {
        var position = 0
        let isNegative = text.count > 0 && text[0] == UInt8(ascii: "-")
        if isNegative { position = 1 }
        var significand: UInt64 = 0
        var exponent = 0
        var (isFraction, isFull) = (false, false)
        while position < text.count {
            let byte = text[position]
            if byte == UInt8(ascii: ".") {
                isFraction = true
                position += 1
                continue
            }
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { break }
            let (scaled, overflow) = significand.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            // From the first digit that does not fit on, digits are dropped.
            if overflow || carry { isFull = true }
            if isFull {
                if !isFraction { exponent += 1 }
            } else {
                significand = sum
                if isFraction { exponent -= 1 }
            }
            position += 1
        }
        if position < text.count { exponent = saturatingSum(exponent, written(text, from: position + 1)) }
        guard let magnitude = scaled(Double(significand), exponent) else { return nil }
        return isNegative ? -magnitude : magnitude
    }

    /// An exponent as it is written, held within bounds where every further power gives zero or nothing.
    private static func written(_ text: Span<UInt8>, from start: Int) -> Int {
        var position = start
        let isNegative = text[position] == UInt8(ascii: "-")
        if isNegative || text[position] == UInt8(ascii: "+") { position += 1 }
        var exponent = 0
        while position < text.count {
            exponent = min(exponent * 10 + Int(text[position] - UInt8(ascii: "0")), Int(Int32.max))
            position += 1
        }
        return isNegative ? -exponent : exponent
    }

    private static func saturatingSum(_ first: Int, _ second: Int) -> Int {
        min(max(first + second, Int(Int32.min)), Int(Int32.max))
    }

    private static func scaled(_ significand: Double, _ exponent: Int) -> Double? {
        var (value, exponent) = (significand, exponent)
        while exponent < -308, value != 0 {
            value /= powers[308]
            exponent += 308
        }
        if value == 0 { return 0 }
        guard exponent <= 308 else { return nil }
        value = exponent >= 0 ? value * powers[exponent] : value / powers[-exponent]
        return value.isFinite ? value : nil
    }
}
