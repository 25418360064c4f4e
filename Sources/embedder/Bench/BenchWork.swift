// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import Glibc

/// Inputs that a measurement runs.
struct BenchWork {
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
        return [8, 200, 500].filter { $0 <= maxTokens }.map(text(ofTokens:)) + [
            BenchWork(name: "512 mixed paragraphs", lengths: mixed)
        ]
    }

    /// One text of so many tokens.
    static func text(ofTokens tokens: Int) -> BenchWork {
        BenchWork(name: "one text of \(tokens)", lengths: [tokens])
    }

    /// Random ids inside the vocabulary, the same in every run.
    func inputs(for model: EmbeddingModel) -> [PreparedInput] {
        var generator = BenchRandom()
        let vocabulary = model.description.vocabularySize
        return lengths.map { length in
            let ids = (0..<length).map { _ in Int32(Double(vocabulary) * generator.unit()) }
            return .text(TokenizedInput(tokenIDs: ids, isTruncated: false))
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
