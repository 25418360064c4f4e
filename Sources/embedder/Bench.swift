// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedDevices
import EmbedEngine
import EmbedJSON
import Glibc

/// `embedder bench`: how fast a model runs here, and how close that is to what the processor can do.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a model on this machine.",
        discussion: """
            Runs batches of random tokens, without tokenizing and without HTTP. "of peak" is model FLOP utilisation: \
            the multiplications and additions the model needs, divided by the time and by the multiply-add peak \
            measured in the same run on the same threads.
            """
    )

    @Option(name: ConfigurationKeys.model.flags, help: ConfigurationKeys.model.argumentHelp(valueName: "model"))
    var model: String?

    @Option(help: ArgumentHelp("Seconds for each row of the table.", valueName: "seconds"))
    var seconds: Double = 2

    @Flag(help: "As JSON lines.")
    var json = false

    @OptionGroup(title: "Model")
    var modelArguments: ModelArguments

    func run() async throws {
        guard seconds > 0, seconds <= 600 else {
            throw ValidationError("--seconds is \(seconds); expected more than 0, up to 600.")
        }
        let reader = SettingsReader()
        let name = reader.text(ConfigurationKeys.model, flag: model) ?? ""
        let located = try LocatedModel(name, store: LocatedModel.defaultStore())
        let device = try modelArguments.makeDevice(reader)
        let loaded = try EmbeddingModel.load(
            from: located.directory, on: device, options: try modelArguments.modelOptions(reader, tokenIDPolicy: .any))
        if !json {
            print("\(located.id), \(device.name), \(device.threads) threads")
            print(BenchRow.header)
        }
        for work in BenchWork.all(maxTokens: loaded.description.maxInputTokens) {
            let row = try measure(work, loaded, device)
            if json {
                try Terminal.print(row.jsonLine)
            } else {
                print(row.line)
            }
        }
    }

    private func measure(_ work: BenchWork, _ model: EmbeddingModel, _ device: CPUDevice) throws -> BenchRow {
        let inputs = work.inputs(for: model)
        let clock = ContinuousClock()
        _ = try model.embed(inputs)
        var samples: [Double] = []
        var peaks: [Double] = []
        let end = clock.now + .seconds(seconds)
        repeat {
            // Interleaved, so that a change of the processor's speed meets both alike.
            if samples.count % 8 == 0 { peaks.append(device.measurePeak()) }
            let start = clock.now
            _ = try model.embed(inputs)
            samples.append((clock.now - start) / .seconds(1))
        } while clock.now < end || samples.count < 3
        let lengths = inputs.map(\.tokenIDs.count)
        return BenchRow(
            work: work.name, tokens: lengths.reduce(0, +),
            operations: model.description.operations(forLengths: lengths),
            seconds: samples.sorted(), peak: peaks.sorted()[peaks.count / 2])
    }
}

/// Inputs that a measurement runs.
private struct BenchWork {
    let name: String
    /// Tokens of each input, special tokens included.
    let lengths: [Int]

    /// Short queries, long texts, and a mix; texts longer than the model takes are left out.
    static func all(maxTokens: Int) -> [BenchWork] {
        var generator = BenchRandom()
        // Log-normal by the sum of uniforms: a mean of about 40 tokens with a long tail, as paragraphs have.
        let mixed = (0..<512).map { _ -> Int in
            let normal = (0..<12).reduce(-6.0) { sum, _ in sum + generator.unit() }
            return min(max(4, Int(exp(3.4 + 0.75 * normal))), min(256, maxTokens))
        }
        let single = [8, 200, 500].filter { $0 <= maxTokens }.map {
            BenchWork(name: "one text of \($0)", lengths: [$0])
        }
        return single + [BenchWork(name: "512 mixed paragraphs", lengths: mixed)]
    }

    /// Random ids inside the vocabulary, the same in every run.
    func inputs(for model: EmbeddingModel) -> [TokenizedInput] {
        var generator = BenchRandom()
        let vocabulary = model.description.vocabularySize
        return lengths.map { length in
            let ids = (0..<length).map { _ in Int32(Double(vocabulary) * generator.unit()) }
            return TokenizedInput(tokenIDs: ids, isTruncated: false)
        }
    }
}

/// Numbers that look random and are the same in every run: x ← x · a + c mod 2⁶⁴ (Knuth's MMIX constants).
private struct BenchRandom {
    private var state: UInt64 = 1

    /// The next number in 0 ..< 1.
    mutating func unit() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 11) / Double(1 << 53)
    }
}

/// One line of the table.
private struct BenchRow {
    let work: String
    /// Tokens of one pass.
    let tokens: Int
    /// Multiplications and additions of one pass.
    let operations: Double
    /// Of each pass, ascending.
    let seconds: [Double]
    /// Multiplications and additions a second that the threads can do at best.
    let peak: Double

    static let header = columns("", "tokens/s", "p50 ms", "p95 ms", "p99 ms", "GFLOP/s", "of peak")

    private var tokensPerSecond: Double { Double(tokens) / percentile(50) }
    private var rate: Double { operations / percentile(50) }

    var line: String {
        Self.columns(
            work, decimal(tokensPerSecond, 0), decimal(percentile(50) * 1e3, 2), decimal(percentile(95) * 1e3, 2),
            decimal(percentile(99) * 1e3, 2), decimal(rate / 1e9, 1), "\(decimal(rate / peak * 100, 0)) %")
    }

    var jsonLine: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("work", work)
            json.member("tokens", tokens)
            json.member("tokens_per_second") { $0.double(tokensPerSecond) }
            for p in [50, 95, 99] { json.member("p\(p)_seconds") { $0.double(percentile(p)) } }
            json.member("flops") { $0.double(rate) }
            json.member("peak_flops") { $0.double(peak) }
            json.member("utilisation") { $0.double(rate / peak) }
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }

    private func percentile(_ percent: Int) -> Double { seconds[min(seconds.count - 1, seconds.count * percent / 100)] }

    private func decimal(_ value: Double, _ places: Int) -> String {
        let scale = pow(10, Double(places))
        let scaled = Int((value * scale).rounded())
        guard places > 0 else { return "\(scaled)" }
        let fraction = String(scaled % Int(scale))
        return "\(scaled / Int(scale)).\(String(repeating: "0", count: places - fraction.count))\(fraction)"
    }

    private static func columns(_ first: String, _ rest: String...) -> String {
        func padding(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count))
        }
        return first + padding(first, 22) + rest.map { padding($0, 10) + $0 }.joined()
    }
}
