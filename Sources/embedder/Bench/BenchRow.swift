// SPDX-License-Identifier: Apache-2.0

import EmbedDevices
import EmbedJSON
import Glibc

/// One line of the table.
struct BenchRow {
    let work: String
    let threads: Int
    let weightType: WeightType
    /// Tokens of one pass; of images the hidden states.
    let tokens: Int
    /// Images of one pass, where it is of images.
    let images: Int?
    /// Multiplications and additions of one pass.
    let operations: Double
    /// Of each pass, ascending.
    let seconds: [Double]
    /// What a pass would take if every unit were always busy.
    let idealSeconds: Double
    /// Multiplications and additions a second that the threads can do at best with the weights' type.
    let peak: Double

    /// The titles of the columns, the first of them of what is counted a second.
    static func header(unit: String = "tokens/s") -> String {
        columns("", unit, "p50 ms", "p95 ms", "p99 ms", "GFLOP/s", "of peak")
    }

    private var tokensPerSecond: Double { Double(tokens) / percentile(50) }
    private var imagesPerSecond: Double? { images.map { Double($0) / percentile(50) } }
    private var rate: Double { operations / percentile(50) }
    private var utilisation: Double { idealSeconds / percentile(50) }

    var line: String {
        Self.columns(
            work, imagesPerSecond.map { decimal($0, 2) } ?? decimal(tokensPerSecond, 0),
            decimal(percentile(50) * 1e3, 2), decimal(percentile(95) * 1e3, 2), decimal(percentile(99) * 1e3, 2),
            decimal(rate / 1e9, 1), "\(decimal(utilisation * 100, 0)) %")
    }

    var jsonLine: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("work", work)
            json.member("threads", threads)
            json.member("dtype", weightType.rawValue)
            json.member("tokens", tokens)
            json.member("tokens_per_second") { $0.double(tokensPerSecond) }
            if let images, let imagesPerSecond {
                json.member("images", images)
                json.member("images_per_second") { $0.double(imagesPerSecond) }
            }
            for p in [50, 95, 99] { json.member("p\(p)_seconds") { $0.double(percentile(p)) } }
            json.member("flops") { $0.double(rate) }
            json.member("peak_flops") { $0.double(peak) }
            json.member("utilisation") { $0.double(utilisation) }
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }

    private func percentile(_ percent: Int) -> Double { seconds[min(seconds.count - 1, seconds.count * percent / 100)] }

    private static func columns(_ first: String, _ rest: String...) -> String {
        func padding(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count))
        }
        return first + padding(first, 22) + rest.map { padding($0, 10) + $0 }.joined()
    }
}

/// `value` with `places` digits after the point.
func decimal(_ value: Double, _ places: Int) -> String {
    let scale = pow(10, Double(places))
    let scaled = Int((value * scale).rounded())
    guard places > 0 else { return "\(scaled)" }
    let fraction = String(scaled % Int(scale))
    return "\(scaled / Int(scale)).\(String(repeating: "0", count: places - fraction.count))\(fraction)"
}
