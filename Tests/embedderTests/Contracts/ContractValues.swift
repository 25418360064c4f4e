// SPDX-License-Identifier: Apache-2.0

import EmbedJSON
import EmbedModelFiles
import EmbedTestSupport
import Foundation
import Testing

/// What the reference computes; see Tests/Fixtures/README.md.
struct Reference: Sendable {
    let texts: [String]
    /// Tokens of each text, where the fixture has them.
    let tokens: [Int]
    private let values: [Float]
    private let dimension: Int

    /// The vector of text `index`.
    subscript(index: Int) -> [Float] { Array(values[index * dimension..<(index + 1) * dimension]) }

    private init(texts: [String], tokens: [Int], file: String, tensor: String) throws {
        let name = String(file.split(separator: "/").last ?? "")
        let safetensors = try Safetensors(path: Fixtures.path(file), name: name)
        values = try #require(safetensors.tensors[tensor]).floats
        self.texts = texts
        self.tokens = tokens
        dimension = values.count / texts.count
    }

    /// all-MiniLM-L6-v2 on 1,018 texts.
    static func miniLM() throws -> Reference {
        let root = try JSONDocument(parsing: Fixtures.bytes("Parity/texts.json")).root
        return try Reference(
            texts: strings(root["texts"]), tokens: integers(root["tokens"]), file: "Parity/vectors.safetensors",
            tensor: "vectors")
    }

    /// A small model of Tests/Fixtures/Models.
    static func small(_ model: String, tensor: String = "vectors") throws -> Reference {
        let root = try JSONDocument(parsing: Fixtures.bytes("Models/\(model)/expected.json")).root
        return try Reference(
            texts: strings(root["texts"]), tokens: root["token_ids"]?.elements?.map(\.count) ?? [],
            file: "Models/\(model)/expected.safetensors", tensor: tensor)
    }

    /// The Vector Embedder's rule for long texts, with `model`.
    static func chunks(_ model: String) throws -> Reference {
        let root = try JSONDocument(parsing: Fixtures.bytes("Contracts/chunks.json")).root
        return try Reference(
            texts: strings(root["texts"]), tokens: integers(root["models"]?[model]?["tokens"]),
            file: "Contracts/chunks.safetensors", tensor: model)
    }

    /// The names of the texts of ``chunks(_:)``.
    static let chunkCases = [
        "one word", "one run exactly", "one word more than a run", "two chunks", "five chunks", "six chunks",
        "six chunks with another end", "pieces of words and punctuation", "only punctuation", "scalars beyond ASCII",
        "white space", "white space around and inside",
    ]

    private static func strings(_ value: JSONValue?) throws -> [String] {
        try #require(value?.elements).map { try #require($0.string) }
    }

    private static func integers(_ value: JSONValue?) -> [Int] { value?.elements?.compactMap(\.int) ?? [] }
}

// MARK: Vectors

/// A text of 100 and more scalars that are one token each in all-MiniLM-L6-v2's vocabulary.
func words(_ count: Int, _ word: String = "word") -> String {
    Array(repeating: word, count: count).joined(separator: " ")
}

func dot(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }

func norm(_ vector: [Float]) -> Double { dot(vector, vector).squareRoot() }

func cosine(_ a: [Float], _ b: [Float]) -> Double { dot(a, b) / (norm(a) * norm(b)) }

func normalized(_ vector: [Float]) -> [Float] {
    let length = norm(vector)
    return vector.map { Float(Double($0) / length) }
}

func mean(_ vectors: [[Float]]) -> [Float] {
    (0..<(vectors.first?.count ?? 0)).map { index in vectors.reduce(0) { $0 + $1[index] } / Float(vectors.count) }
}

// MARK: JSON

/// `text` as a JSON string.
func quoted(_ text: String) -> String {
    var json = JSONWriter()
    json.string(text)
    return String(decoding: json.bytes, as: UTF8.self)
}

/// `texts` as a JSON array of strings.
func quoted(_ texts: [String]) -> String { "[\(texts.map { quoted($0) }.joined(separator: ","))]" }

extension JSONValue {
    /// The names of an object's members, sorted.
    var keys: [String] { (members.map { Array($0.map(\.key)) } ?? []).sorted() }

    /// The numbers of an array; `nil` when this is anything else, or holds anything else.
    var floats: [Float]? {
        guard let elements else { return nil }
        var floats: [Float] = []
        for element in elements {
            guard let value = element.double else { return nil }
            floats.append(Float(value))
        }
        return floats
    }

    /// The little-endian floats of a string in base64.
    var base64Floats: [Float]? {
        guard let string, let data = Data(base64Encoded: string), data.count % 4 == 0 else { return nil }
        return stride(from: 0, to: data.count, by: 4).map { start in
            Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(data[start + $1]) << (8 * UInt32($1)) })
        }
    }

    subscript(index: Int) -> JSONValue? {
        guard let elements, index < elements.count else { return nil }
        return elements.dropFirst(index).first { _ in true }
    }
}

extension RunningServer.Answer {
    /// The one vector at `path`, which must be numbers and nothing else.
    func vector(
        _ find: (JSONValue) -> JSONValue?, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [Float] {
        let found = json.flatMap(find)?.floats
        return try #require(found, "no vector in \(self)", sourceLocation: sourceLocation)
    }

    /// The vectors of `{"data":[{"embedding":…}]}`.
    func openAIVectors(sourceLocation: SourceLocation = #_sourceLocation) throws -> [[Float]] {
        let data = try #require(json?["data"]?.elements, "no data in \(self)", sourceLocation: sourceLocation)
        return try data.map {
            try #require($0["embedding"]?.floats, "no vector in \(self)", sourceLocation: sourceLocation)
        }
    }

    /// The vectors of `{"embeddings":[[…]]}`.
    func embeddings(sourceLocation: SourceLocation = #_sourceLocation) throws -> [[Float]] {
        let list = try #require(
            json?["embeddings"]?.elements, "no embeddings in \(self)", sourceLocation: sourceLocation)
        return try list.map { try #require($0.floats, "no vector in \(self)", sourceLocation: sourceLocation) }
    }

    /// The vectors of `{"embeddings":[[[…]],[[…]]]}`: each entry a list of one.
    func nestedEmbeddings(sourceLocation: SourceLocation = #_sourceLocation) throws -> [[Float]] {
        let list = try #require(
            json?["embeddings"]?.elements, "no embeddings in \(self)", sourceLocation: sourceLocation)
        return try list.map { entry in
            try #require(entry.count == 1, "\(self)", sourceLocation: sourceLocation)
            return try #require(entry[0]?.floats, "no vector in \(self)", sourceLocation: sourceLocation)
        }
    }
}
