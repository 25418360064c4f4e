// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedEngine
import EmbedJSON
import EmbedModelFiles
import EmbedTokenizers

/// How fast a tokenizer is on one thread.
struct TokenizingRow {
    let texts: Int
    let bytes: Int
    let tokens: Int
    /// For all texts once, ascending.
    let seconds: [Double]

    /// Tokenizes the texts of `file`, whole, again and again for `seconds`.
    static func measure(_ directory: ModelDirectory, file: String, seconds: Double) throws -> TokenizingRow {
        let config = try SentenceTransformersConfig(in: directory)
        let tokenizer = try Tokenizer.load(from: directory.subdirectory(config.standardPipeline.transformerFolder))
        var source = try TextSource.make(arguments: [], input: file, format: nil, textKey: "text")
        var texts: [[UInt8]] = []
        while let text = try source.next() { texts.append(text.text) }
        guard !texts.isEmpty else { throw ValidationError("\(file) has no texts.") }

        let clock = ContinuousClock()
        var samples: [Double] = []
        var tokens = 0
        let end = clock.now + .seconds(seconds)
        repeat {
            let start = clock.now
            tokens = texts.reduce(0) { $0 + tokenizer.encode($1).ids.count }
            samples.append((clock.now - start) / .seconds(1))
        } while clock.now < end || samples.count < 3
        return TokenizingRow(
            texts: texts.count, bytes: texts.reduce(0) { $0 + $1.count }, tokens: tokens, seconds: samples.sorted())
    }

    private var median: Double { seconds[seconds.count / 2] }

    var line: String {
        """
        tokenizing \(texts) texts of \(tokens / texts) tokens: \(decimal(Double(texts) / median, 0)) texts/s, \
        \(decimal(Double(tokens) / median, 0)) tokens/s, \(decimal(Double(bytes) / median / 1e6, 1)) MB/s
        """
    }

    var jsonLine: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("work", "tokenizing")
            json.member("texts", texts)
            json.member("bytes", bytes)
            json.member("tokens", tokens)
            json.member("p50_seconds") { $0.double(median) }
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }
}
