// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedDevices
import EmbedEngine

/// `embedder bench`: how fast a model runs here, and how close that is to what the processor can do.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a model on this machine.",
        discussion: """
            Runs batches of random tokens, without tokenizing and without HTTP. "of peak" is model FLOP utilisation: \
            the time the model's multiplications and additions would take at the peak measured in the same run on the \
            same threads (of the unit that multiplies the weights, and of float32 for attention), divided by the time \
            they take.

            embedder bench
            embedder bench --threads 1 --dtype int8
            embedder bench --sweep
            embedder bench --images 8
            embedder bench --tokenize texts.txt
            """
    )

    @OptionGroup
    var location: ModelLocation

    @Option(help: ArgumentHelp("Seconds for each row of the table.", valueName: "seconds"))
    var seconds: Double = 2

    @Option(
        help: ArgumentHelp(
            "Tokens of a text; may be given several times (default: 8, 200, 500 and a mix).", valueName: "tokens"))
    var length: [Int] = []

    @Option(
        help: ArgumentHelp(
            "Images of a batch: measures the model's tower for images instead of texts; may be given several times.",
            valueName: "images"))
    var images: [Int] = []

    @Flag(help: "Repeat with 1, 2, 4 … threads up to --threads.")
    var sweep = false

    @Option(
        help: ArgumentHelp(
            "Measure the tokenizer alone, on one thread, with the texts of this file: a line each in .txt, JSON in .jsonl.",
            valueName: "file"))
    var tokenize: String?

    @Flag(help: "As JSON lines.")
    var json = false

    @OptionGroup(title: "Model")
    var modelArguments: ModelArguments

    func run() async throws {
        guard seconds > 0, seconds <= 600 else {
            throw ValidationError("--seconds is \(seconds); expected more than 0, up to 600.")
        }
        let reader = try SettingsReader(location.flags + modelArguments.flags)
        let located = try await reader.obtainModel()
        if let tokenize {
            let row = try TokenizingRow.measure(located.directory, file: tokenize, seconds: seconds)
            try Terminal.print(json ? row.jsonLine : Array("\(row.line)\n".utf8))
            return
        }
        let options = try reader.modelOptions(tokenIDPolicy: .any)
        if !images.isEmpty { return try measureImages(of: located, options.weightType, reader) }
        for threads in try threadCounts(reader) {
            let device = try reader.makeDevice(threads: threads)
            let loaded = try EmbeddingModel.load(from: located.directory, on: device, options: options)
            let description = loaded.description
            if !json {
                print(
                    """
                    \(located.id), \(device.name), \(threads) thread\(threads == 1 ? "" : "s"), \
                    \(description.weightType) weights, \(description.arithmetic) arithmetic
                    """)
                print(BenchRow.header())
            }
            for work in try works(description) {
                let row = try measure(work, loaded, device)
                if json {
                    try Terminal.print(row.jsonLine)
                } else {
                    print(row.line)
                }
            }
        }
    }

    /// The numbers of threads to measure, ascending.
    func threadCounts(_ reader: SettingsReader) throws -> [Int] {
        let most = try reader.threadCount()
        guard sweep else { return [most] }
        let powers = (0..<Int.bitWidth - 1).map { 1 << $0 }.prefix { $0 < most }
        return powers + [most]
    }

    private func works(_ description: ModelDescription) throws -> [BenchWork] {
        let limit = description.maxInputTokens
        if let wrong = length.first(where: { $0 < 1 || $0 > limit }) {
            throw ValidationError("--length is \(wrong); this model takes 1 to \(limit) tokens.")
        }
        return length.isEmpty ? BenchWork.all(maxTokens: limit) : length.map(BenchWork.text(ofTokens:))
    }

    private func measure(_ work: BenchWork, _ model: EmbeddingModel, _ device: CPUDevice) throws -> BenchRow {
        let inputs = work.inputs(for: model)
        let description = model.description
        let lengths = inputs.map(\.tokenIDs.count)
        return try measure(
            work.name, tokens: lengths.reduce(0, +), description.operations(forLengths: lengths),
            description.weightType, device
        ) { _ = try model.embed(inputs) }
    }

    /// Runs `pass`, which does so many operations with weights of `type` and for attention, again and again.
    func measure(
        _ name: String, tokens: Int, images: Int? = nil, _ operations: (products: Double, attention: Double),
        _ type: WeightType, _ device: CPUDevice, _ pass: () throws -> Void
    ) throws -> BenchRow {
        let clock = ContinuousClock()
        try pass()
        var samples: [Double] = []
        var peaks: [(weights: Double, float32: Double)] = []
        let end = clock.now + .seconds(seconds)
        repeat {
            // Interleaved, so that a change of the processor's speed meets both alike.
            if samples.count % 8 == 0 {
                peaks.append((try device.measurePeak(for: type), try device.measurePeak(for: .float32)))
            }
            let start = clock.now
            try pass()
            samples.append((clock.now - start) / .seconds(1))
        } while clock.now < end || samples.count < 3
        func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
        let (weightPeak, floatPeak) = (median(peaks.map(\.weights)), median(peaks.map(\.float32)))
        return BenchRow(
            work: name, threads: device.threads, weightType: type, tokens: tokens, images: images,
            operations: operations.products + operations.attention, seconds: samples.sorted(),
            idealSeconds: operations.products / weightPeak + operations.attention / floatPeak, peak: weightPeak)
    }
}
