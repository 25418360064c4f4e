// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedJSON
import EmbedModelFiles
import EmbedTestSupport
import Foundation
import Testing

@Suite(.timeLimit(.minutes(2))) struct CommandTests {
    @Test func showsVersionAndHelp() throws {
        let version = try Program.run(["version"])
        #expect(version.status == 0)
        #expect(version.output.hasPrefix("embedder "))
        let json = try JSONDocument(parsing: Array(try Program.run(["version", "--json"]).output.utf8)).root
        #expect(json["version"]?.string == version.output.split(separator: " ")[1].trimmingCharacters(in: .newlines))
        let help = try Program.run(["--help"])
        #expect(help.status == 0)
        for command in [
            "serve", "embed", "tokenize", "pull", "list", "rm", "show", "bench", "doctor", "health", "version",
        ] {
            #expect(help.output.contains("\n  \(command)"))
            #expect(try Program.run([command, "--help"]).output.contains("USAGE: embedder \(command)"))
        }
    }

    @Test func embedsArgumentsAsTheReference() throws {
        let (texts, expected) = try reference()
        let result = try Program.run(["embed", "--model", Program.model, "--"] + texts)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.lines.count == texts.count)
        for (index, line) in result.lines.enumerated() {
            let root = try JSONDocument(parsing: Array(line.utf8)).root
            #expect(root["index"]?.int == index)
            let vector = try #require(root["embedding"]?.elements).compactMap { $0.double.map { Float($0) } }
            #expect(vector.count == 32)
            for (found, wanted) in zip(vector, expected[index * 32..<(index + 1) * 32]) {
                #expect(abs(found - wanted) <= 2e-5)
            }
        }
    }

    @Test func embedsImagesBesideTextsAsTheReference() throws {
        let folder = Fixtures.path("ImageModels/clip")
        let root = try JSONDocument(parsing: Fixtures.bytes("ImageModels/clip/expected.json")).root
        let images = try #require(root["images"]?.elements).map { image in
            Fixtures.path("ImageModels/images/\(try #require(image.string))")
        }
        let file = try Safetensors(path: "\(folder)/expected.safetensors", name: "expected.safetensors")
        let expected = try #require(file.tensors["image_vectors"]).floats
        let result = try Program.run(["embed", "--model", folder, "two dogs", "--image"] + images)
        #expect(result.status == 0, "\(result.errors)")
        try #require(result.lines.count == images.count + 1)
        for (index, line) in result.lines.dropFirst().enumerated() {
            let root = try JSONDocument(parsing: Array(line.utf8)).root
            #expect(root["id"]?.string == images[index])
            let vector = try #require(root["embedding"]?.elements).compactMap { $0.double.map { Float($0) } }
            let row = index * vector.count..<(index + 1) * vector.count
            #expect(largestDifference(vector, expected[row]) <= 2e-5)
        }
        let lines = images.map { #"{"image":"\#($0)","id":7}"# }.joined(separator: "\n")
        let listed = try Program.run(
            ["embed", "--model", folder, "--input-format", "jsonl", "--input", "-"], input: lines)
        #expect(listed.lines.count == images.count, "\(listed.errors)")
        #expect(listed.lines.allSatisfy { $0.contains(#""id":7"#) })
    }

    @Test func refusesImagesThatItCannotEmbed() throws {
        let image = Fixtures.path("ImageModels/images/dot.png")
        let refused = try Program.run(["embed", "--model", Program.model, "--image", image])
        #expect(refused.status != 0)
        #expect(refused.errors.contains("embeds texts only"), "\(refused.errors)")
        for (path, message) in [("/nonexistent.png", "can't read /nonexistent.png"), (#filePath, "not an image")] {
            let result = try Program.run(["embed", "--model", Fixtures.path("ImageModels/clip"), "--image", path])
            #expect(result.status != 0)
            #expect(result.errors.contains(message), "\(result.errors)")
        }
    }

    @Test func writesNumpyFilesFromLines() throws {
        let folder = try TemporaryDirectory()
        let output = "\(folder.path)/vectors.npy"
        let lines = (0..<300).map { "text number \($0)" }
        let result = try Program.run(
            ["embed", "--model", Program.model, "--output", output], input: lines.joined(separator: "\n"))
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.isEmpty)
        let bytes = try Data(contentsOf: URL(filePath: output))
        let header = String(decoding: bytes[10..<128], as: UTF8.self)
        #expect(bytes.prefix(8) == Data([0x93] + "NUMPY".utf8 + [1, 0]))
        #expect(header.hasPrefix("{'descr': '<f4', 'fortran_order': False, 'shape': (300, 32), }"))
        #expect(header.hasSuffix("\n"))
        #expect(bytes.count == 128 + 300 * 32 * 4)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["vectors.npy"])
    }

    /// The reference's vectors, quantized here: OutputTypeTests compares that with NumPy.
    @Test(arguments: [("int8", "|i1", 32), ("uint8", "|u1", 32), ("binary", "|i1", 4), ("ubinary", "|u1", 4)])
    func writesNumbersOfTheWishedType(name: String, numpyType: String, count: Int) throws {
        let (texts, expected) = try reference()
        let type = try #require(OutputType(rawValue: name))
        let folder = try TemporaryDirectory()
        let output = "\(folder.path)/vectors.npy"
        let command = ["embed", "--model", Program.model, "--output-type", name]
        let file = try Program.run(command + ["--output", output, "--"] + texts)
        #expect(file.status == 0, "\(file.errors)")
        let bytes = try Data(contentsOf: URL(filePath: output))
        let header = String(decoding: bytes[10..<128], as: UTF8.self)
        #expect(
            header.hasPrefix("{'descr': '\(numpyType)', 'fortran_order': False, 'shape': (\(texts.count), \(count)), }")
        )
        #expect(bytes.count == 128 + texts.count * count)
        let lines = try Program.run(command + ["--"] + texts).lines
        for index in texts.indices {
            let row = Array(bytes[(128 + index * count)..<(128 + (index + 1) * count)])
            let numbers = try #require(JSONDocument(parsing: Array(lines[index].utf8)).root["embedding"]?.elements)
            #expect(numbers.compactMap { $0.int.map { UInt8(truncatingIfNeeded: $0) } } == row)
            let vector = expected[index * 32..<(index + 1) * 32]
            let wanted = try #require(QuantizedVector(vector, as: type)).bytes
            let different = zip(row, wanted).count { $0 != $1 }
            // A component near a half may fall on the other side.
            #expect(different <= 1)
        }
    }

    @Test func carriesIDsFromJSONLinesToJSONLines() throws {
        let folder = try TemporaryDirectory()
        let input = try folder.write(
            "\"a\"\n{\"text\":\"b\",\"id\":7}\n{\"id\":\"x\\u0041\",\"text\":\"c\"}\n", to: "in.jsonl")
        let output = "\(folder.path)/out.jsonl"
        let result = try Program.run([
            "embed", "--model", Program.model, "--input", input, "--output", output, "--dimensions", "4",
        ])
        #expect(result.status == 0, "\(result.errors)")
        let roots = try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n").map {
            try JSONDocument(parsing: Array($0.utf8)).root
        }
        #expect(roots.map { $0["id"]?.json } == [nil, "7", "\"x\\u0041\""])
        #expect(roots.allSatisfy { $0["embedding"]?.count == 4 })
    }

    @Test(arguments: [
        (["--role", "query"], "vectors.encode_query"), (["--prompt-name", "clustering"], "vectors.clustering"),
        (["--prompt", "find the fox: "], "vectors.literal"), (["--prompt", ""], "vectors.none"), ([], "vectors"),
    ])
    func putsPromptsBeforeTexts(arguments: [String], tensor: String) throws {
        let folder = "Models/prompts-pooling"
        let file = try Safetensors(path: Fixtures.path("\(folder)/expected.safetensors"), name: "expected")
        let expected = try #require(file.tensors[tensor]).floats.prefix(120)
        let result = try Program.run(
            ["embed", "--model", Fixtures.path(folder)] + arguments + ["The quick brown fox jumps over the lazy dog."])
        #expect(result.status == 0, "\(result.errors)")
        let root = try JSONDocument(parsing: Array(result.output.utf8)).root
        let vector = try #require(root["embedding"]?.elements).compactMap { $0.double.map { Float($0) } }
        #expect(vector.count == 120)
        for (found, wanted) in zip(vector, expected) { #expect(abs(found - wanted) <= 2e-5) }
    }

    @Test func saysHowManyTextsWereCut() throws {
        let result = try Program.run(
            ["embed", "--model", Program.model], input: String(repeating: "word ", count: 900) + "\nshort\n")
        #expect(result.status == 0)
        #expect(result.errors.contains("1 of 2 texts were cut at 144 tokens"))
    }

    @Test func tokenizesAsTheReference() throws {
        let root = try JSONDocument(parsing: Fixtures.bytes("Models/new-format/expected.json")).root
        let texts = try #require(root["texts"]?.elements).compactMap(\.string)
        let ids = try #require(root["token_ids"]?.elements).map { $0.elements?.compactMap(\.int) ?? [] }
        let result = try Program.run(["tokenize", "--model", Program.model, "--max-tokens", "144", "--"] + texts)
        #expect(result.status == 0, "\(result.errors)")
        for (line, expected) in zip(result.lines, ids) {
            let found = try JSONDocument(parsing: Array(line.utf8)).root
            #expect(found["ids"]?.elements?.compactMap(\.int) == expected)
            #expect(found["tokens"]?.count == expected.count)
            #expect(found["offsets"]?.count == expected.count)
        }
    }

    @Test func doctorTriesTheModel() throws {
        let result = try Program.run(["doctor", "--json", "--model", Program.model, "--threads", "1"])
        #expect(result.status == 0, "\(result.errors)")
        let root = try JSONDocument(parsing: Array(result.output.utf8)).root
        #expect(root["threads"]?.string == "1")
        #expect(root["dimension"]?.string == "32")
        #expect(root["kernel_chosen"]?.string?.isEmpty == false)
        #expect(root["cosine_to_float32"]?.string == "these are float32")
        let narrow = try Program.run(["doctor", "--json", "--model", Program.model, "--dtype", "float16"])
        let found = try JSONDocument(parsing: Array((narrow.lines.first ?? "").utf8)).root
        #expect(found["weights"]?.string?.hasSuffix("float16") == true)
        #expect(found["cosine_to_float32"]?.string?.hasPrefix("worst 0.999") == true)
        let broken = try Program.run(["doctor", "--model", "org/not-here"])
        #expect(broken.status == 1)
        #expect(broken.errors.contains("is not on this machine"))
    }

    @Test func benchReportsEachKindOfWork() throws {
        let result = try Program.run(["bench", "--json", "--model", Program.model, "--seconds", "0.05"])
        #expect(result.status == 0, "\(result.errors)")
        let rows = try result.lines.map { try JSONDocument(parsing: Array($0.utf8)).root }
        #expect(rows.map { $0["work"]?.string } == ["one text of 8", "512 mixed paragraphs"])
        #expect(rows.allSatisfy { ($0["tokens_per_second"]?.double ?? 0) > 0 && ($0["utilisation"]?.double ?? 0) > 0 })
    }

    @Test func benchSweepsThreadsForTheLengthsAskedFor() throws {
        let result = try Program.run([
            "bench", "--json", "--model", Program.model, "--seconds", "0.01", "--threads", "3", "--sweep", "--length",
            "5", "--length", "90", "--dtype", "bfloat16",
        ])
        let rows = try result.lines.map { try JSONDocument(parsing: Array($0.utf8)).root }
        #expect(rows.map { $0["threads"]?.int } == [1, 1, 2, 2, 3, 3])
        #expect(rows.map { $0["tokens"]?.int } == [5, 90, 5, 90, 5, 90])
        #expect(rows.allSatisfy { $0["dtype"]?.string == "bfloat16" })
        let tooLong = try Program.run(["bench", "--model", Program.model, "--length", "100000"])
        #expect(tooLong.status == 64)
        #expect(tooLong.errors.contains("--length is 100000; this model takes 1 to"))
    }

    @Test func benchMeasuresTheTowerForImages() throws {
        let result = try Program.run([
            "bench", "--json", "--model", Fixtures.path("ImageModels/clip"), "--seconds", "0.01", "--threads", "2",
            "--images", "1", "--images", "3",
        ])
        #expect(result.status == 0, "\(result.errors)")
        let rows = try result.lines.map { try JSONDocument(parsing: Array($0.utf8)).root }
        #expect(rows.map { $0["work"]?.string } == ["one image", "3 images"])
        #expect(rows.map { $0["tokens"]?.int } == [17, 51])
        #expect(rows.allSatisfy { ($0["images_per_second"]?.double ?? 0) > 0 })
        let texts = try Program.run(["bench", "--model", Program.model, "--images", "1"])
        #expect(texts.status == 64)
        #expect(texts.errors.contains("is a model of texts"))
        let tooMany = try Program.run(["bench", "--model", Program.model, "--images", "0"])
        #expect(tooMany.errors.contains("--images is 0; expected 1 to 1024"))
    }

    @Test func benchMeasuresTheTokenizerAlone() throws {
        let folder = try TemporaryDirectory()
        try folder.write("vector search\na\n", to: "texts.txt")
        let arguments = [
            "bench", "--model", Program.model, "--seconds", "0.01", "--tokenize", "\(folder.path)/texts.txt",
        ]
        let result = try Program.run(arguments + ["--json"])
        let row = try JSONDocument(parsing: Array((result.lines.first ?? "").utf8)).root
        #expect(row["texts"]?.int == 2)
        #expect(row["tokens"]?.int == 7)
        #expect(row["bytes"]?.int == 14)
        #expect(row["p50_seconds"]?.double ?? 0 > 0)
        #expect(try Program.run(arguments).output.hasPrefix("tokenizing 2 texts of 3 tokens: "))
        let missing = try Program.run(["bench", "--model", Program.model, "--tokenize", "\(folder.path)/none.txt"])
        #expect(missing.status == 64)
    }

    @Test(arguments: [
        (["embed", "--model", "org/not-here", "a"], "org/not-here is not on this machine", Int32(1)),
        (["embed", "--model", "a b", "a"], "is no model id", 1),
        (["embed", "--model", "./nowhere", "a"], "there is no directory ./nowhere", 1),
        (
            ["embed", "--model", Program.model, "--threads", "0", "a"],
            "--threads is \"0\"; expected a whole number from 1 to 1024", 64
        ),
        (["embed", "--model", Program.model, "--role", "passage", "a"], "expected one of: query, document", 64),
        (["embed", "--model", Program.model, "--prompt-name", "x", "a"], "--prompt-name is \"x\"", 64),
        (["tokenize", "--model", Program.model, "--prompt-name", "x", "a"], "--prompt-name is \"x\"", 64),
        (["embed", "--model", Program.model, "--prompt-name", "x", "--prompt", "y", "a"], "give one", 64),
        (["embed", "--model", Program.model, "--output-type", "int4", "a"], "expected one of: float, int8", 64),
        (["embed", "--model", Program.model, "--dtype", "int4", "a"], "--dtype is \"int4\"", 64),
        (["embed", "--kernel", "sse9", "--model", Program.model, "a"], "sse9", 1),
        (["embed", "--pooling", "median", "--model", Program.model, "a"], "expected one of: cls, max, mean", 64),
        (["embed", "--model", Program.model, "--output", "x.csv", "a"], "ends in .npy or .jsonl", 64),
        (["embed", "--model", Program.model, "--input", "/nonexistent.txt"], "can't read /nonexistent.txt", 64),
        (["embed", "--model", Program.model, "--input", "x", "a"], "not both", 64),
        (["embed", "--model", Program.model, "--dimensions", "33", "a"], "--dimensions is 33", 64),
        (
            ["serve", Program.model, "--port", "70000"], "--port is \"70000\"; expected a whole number from 0 to 65535",
            64
        ),
        (["serve", Program.model, "--models-format", "xml"], "expected one of: openai, names", 64),
        (["health", "--port", "1", "--timeout", "1"], "no answer from http://127.0.0.1:1/health/ready", 1),
        (["nonsense"], "nonsense", 64),
    ])
    func failsSayingWhatToDo(arguments: [String], message: String, status: Int32) throws {
        let result = try Program.run(arguments)
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(result.status == status)
    }

    @Test func environmentCountsUnlessAFlagSaysOtherwise() throws {
        let environment = ["EMBEDDER_THREADS": "many"]
        let byEnvironment = try Program.run(["embed", "--model", Program.model, "a"], environment: environment)
        #expect(byEnvironment.status == 64)
        #expect(byEnvironment.errors.contains("environment variable EMBEDDER_THREADS is \"many\""))
        let byFlag = try Program.run(
            ["embed", "--model", Program.model, "--threads", "1", "a"], environment: environment)
        #expect(byFlag.status == 0, "\(byFlag.errors)")
    }

    @Test func namesTheLineOfBadJSON() throws {
        let folder = try TemporaryDirectory()
        let input = try folder.write("\"a\"\n{\"text\":7}\n", to: "in.jsonl")
        let output = "\(folder.path)/out.npy"
        let result = try Program.run(["embed", "--model", Program.model, "--input", input, "--output", output])
        #expect(result.status == 64)
        #expect(result.errors.contains("in.jsonl, line 2: expected a JSON string"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["in.jsonl"])
    }

    /// The texts of the tiny model that can be arguments, and the reference's vectors.
    private func reference() throws -> (texts: [String], vectors: [Float]) {
        let root = try JSONDocument(parsing: Fixtures.bytes("Models/new-format/expected.json")).root
        let file = try Safetensors(
            path: Fixtures.path("Models/new-format/expected.safetensors"), name: "expected.safetensors")
        let vectors = try #require(file.tensors["vectors"]).floats
        return (try #require(root["texts"]?.elements).compactMap(\.string), vectors)
    }
}
