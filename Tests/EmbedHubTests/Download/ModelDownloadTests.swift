// SPDX-License-Identifier: Apache-2.0

import EmbedTestSupport
import Foundation
import Synchronization
import Testing

@testable import EmbedHub

@Suite(.timeLimit(.minutes(2))) struct ModelDownloadTests {
    private static let weights = [UInt8]((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
    private static let files: [String: [UInt8]] = [
        "README.md": Array("read me".utf8), "config.json": Array("{}".utf8), "tokenizer.json": Array("{ }".utf8),
        "modules.json": Array(#"[{"path":"","type":"T"},{"path":"1_Pooling","type":"P"}]"#.utf8),
        "1_Pooling/config.json": Array("{  }".utf8), "model.safetensors": weights, "pytorch_model.bin": weights,
        "onnx/model.onnx": weights, "vocab.txt": Array("a".utf8),
    ]
    private static let needed = [
        "1_Pooling/config.json", "config.json", "model.safetensors", "modules.json", "tokenizer.json",
    ]
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
    }

    // MARK: What arrives

    @Test func bringsWhatAModelNeedsIntoTheCache() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        let result = try await download(from: hub)
        #expect(result.files == Self.needed)
        #expect(result.directory == snapshot)
        #expect(result.byteCount == Self.needed.reduce(0) { $0 + (Self.files[$1]?.count ?? 0) })
        for file in Self.needed { #expect(try content(file) == Self.files[file]) }
        for file in ["README.md", "pytorch_model.bin", "onnx", "vocab.txt"] {
            #expect(!FileManager.default.fileExists(atPath: "\(snapshot)/\(file)"), "\(file)")
        }
        let target = try FileManager.default.destinationOfSymbolicLink(atPath: "\(snapshot)/1_Pooling/config.json")
        #expect(target == "../../../blobs/\(StandInHub.gitHash(Array("{  }".utf8)))")
        let link = try FileManager.default.destinationOfSymbolicLink(atPath: "\(snapshot)/model.safetensors")
        #expect(link == "../../blobs/\(StandInHub.sha256(Self.weights))")
        #expect(try String(contentsOfFile: "\(repository)/refs/main", encoding: .utf8) == StandInHub.commit)
        #expect(try leftovers().isEmpty)
        let store = ModelStore(modelsDirectory: "\(folder.path)/none", hubCache: folder.path)
        #expect(try store.directory(of: RepositoryID("org/name")) == snapshot)
    }

    @Test func fetchesNothingTwice() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        try await download(from: hub)
        let (requests, requestsOfCDN) = (hub.requests.count, hub.requestsOfCDN.count)
        try await download(from: hub)
        // What the branch stands for now.
        #expect(hub.requests.count == requests + 1)
        try await download(from: hub, revision: StandInHub.commit)
        #expect(hub.requests.count == requests + 1)
        #expect(hub.requestsOfCDN.count == requestsOfCDN)
    }

    @Test func fetchesEachFileOnceForManyAtOnce() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { try await download(from: hub) } }
            try await group.waitForAll()
        }
        #expect(hub.requestsOfCDN.count == 1)
        #expect(try content("model.safetensors") == Self.weights)
    }

    @Test func takesTheModelOfSentenceTransformersForABareName() async throws {
        let hub = try await StandInHub.start(id: "sentence-transformers/name", files: Self.files)
        let result = try await download(from: hub, id: "name")
        #expect(result.id.text == "sentence-transformers/name")
    }

    // MARK: The token

    @Test func sendsTheTokenToTheHubAndNowhereElse() async throws {
        var behaviour = StandInHub.Behaviour()
        behaviour.token = "hf_planted"
        let hub = try await StandInHub.start(files: Self.files, behaviour)
        try await download(from: hub, token: "hf_planted")
        #expect(hub.requests.allSatisfy { $0["Authorization"] == "Bearer hf_planted" })
        #expect(hub.requestsOfCDN.count == 1)
        #expect(hub.requestsOfCDN.allSatisfy { $0["Authorization"] == nil })
    }

    @Test(arguments: [
        (nil as String?, false, "HF_TOKEN=hf_"), (nil, true, "/org/name, then set HF_TOKEN=hf_"),
        ("hf_other", true, "has no access to it yet"), ("hf_other", false, "that your token may read it"),
    ])
    func saysWhatToDoWhenItIsNotLetIn(token: String?, isGated: Bool, advice: String) async throws {
        var behaviour = StandInHub.Behaviour()
        behaviour.token = "hf_planted"
        behaviour.isGated = isGated
        let hub = try await StandInHub.start(files: Self.files, behaviour)
        let error = await failure(from: hub, token: token)
        #expect(error?.description.contains(advice) == true, "\(String(describing: error))")
        #expect(error?.description.contains("hf_other") == false)
        #expect(!FileManager.default.fileExists(atPath: "\(repository)/snapshots"))
    }

    @Test func showsNoTokenThatTheServerRepeats() async throws {
        var behaviour = StandInHub.Behaviour()
        behaviour.hub = { _ in .init(403, [("X-Error-Message", "not for hf_planted"), ("X-Error-Code", "No")]) }
        let hub = try await StandInHub.start(files: Self.files, behaviour)
        #expect(
            await failure(from: hub, token: "hf_planted") == .forbidden(id: "org/name", message: "not for ********"))
    }

    // MARK: What isn't there

    @Test func suggestsIDsForOneThatIsNotThere() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        let error = await failure(from: hub, id: "organisation/name", token: "hf_x")
        #expect(
            error
                == .repositoryNotFound(
                    id: "organisation/name", endpoint: hub.endpoint, hasToken: true, similar: ["org/name"]))
    }

    @Test func saysThatThereIsNoSuchRevision() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        #expect(
            await failure(from: hub, revision: "v2") == .revisionNotFound(id: "org/name", revision: "v2"))
    }

    @Test func sendsNothingWhileOffline() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        let error = await failure(from: hub) { $0.isOffline = true }
        #expect(error?.description.contains("HF_HUB_OFFLINE") == true)
        #expect(hub.requests.isEmpty)
    }

    @Test func findsWhatIsHereWhileOffline() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        let pulled = try await download(from: hub)
        let count = hub.requests.count
        let found = try await download(from: hub) { $0.isOffline = true }
        #expect(found == pulled)
        try FileManager.default.removeItem(atPath: "\(pulled.directory)/model.safetensors")
        let error = await failure(from: hub) { $0.isOffline = true }
        #expect(error != nil)
        #expect(hub.requests.count == count)
    }

    /// Some mirrors list names only; sizes and hashes are then those of the answers that would send the files.
    @Test func asksForEachFileWhereNamesAreAllThatIsListed() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        let names = Self.files.keys.sorted().map { #"{"rfilename":"\#($0)"}"# }.joined(separator: ",")
        hub.change { behaviour in
            behaviour.hub = { request in
                if request.path.contains("/tree/") { return .init(404) }
                guard request.path.hasSuffix("/revision/\(StandInHub.commit)") else { return nil }
                return .init(body: Array(#"{"siblings":[\#(names)]}"#.utf8))
            }
        }
        let result = try await download(from: hub)
        #expect(result.files.contains("model.safetensors"))
        #expect(try content("model.safetensors") == Self.weights)
        // The token of a HEAD stays where it belongs, too.
        #expect(hub.requestsOfCDN.allSatisfy { $0.method == "GET" && $0["Authorization"] == nil })
        #expect(!hub.requests.contains { $0.path.hasSuffix(".onnx") })
    }

    @Test func refusesAMirrorWhoseTagsAreNoHashes() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        hub.change { behaviour in
            behaviour.hub = { request in
                if request.path.contains("/tree/") { return .init(404) }
                if request.method == "HEAD" { return .init(200, [("ETag", "\"123-abc\"")], body: [1]) }
                guard request.path.hasSuffix("/revision/\(StandInHub.commit)") else { return nil }
                return .init(body: Array(#"{"siblings":[{"rfilename":"config.json"}]}"#.utf8))
            }
        }
        let error = await failure(from: hub)
        #expect(error?.description.contains("an ETag that is no hash") == true, "\(String(describing: error))")
    }

    @Test func refusesARepositoryWithoutWeights() async throws {
        let hub = try await StandInHub.start(files: ["config.json": [], "onnx/model.onnx": Self.weights])
        #expect(await failure(from: hub) == .noWeights(id: "org/name"))
    }

    // MARK: Broken connections

    @Test func goesOnWhereTheConnectionEnded() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        let attempts = Mutex(0)
        hub.change { behaviour in
            behaviour.cdn = { _ in
                guard
                    attempts.withLock({
                        $0 += 1; return $0
                    }) == 1
                else { return nil }
                return .init(body: Self.weights, cutAfter: 2_000_000)
            }
        }
        try await download(from: hub)
        #expect(try content("model.safetensors") == Self.weights)
        let range = try #require(hub.requestsOfCDN.last?["Range"])
        let start = try #require(Int(range.dropFirst("bytes=".count).dropLast()))
        #expect(start > 1_000_000 && start <= 2_000_000)
    }

    @Test func goesOnWhereAnotherProcessEnded() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        try folder.write(Array(Self.weights[..<1_000_000]), to: partial("aaaaaaaa"))
        try folder.write(Array(Self.weights[..<2_000_000]), to: partial("bbbbbbbb"))
        try await download(from: hub)
        #expect(hub.requestsOfCDN.map { $0["Range"] } == ["bytes=2000000-"])
        #expect(try content("model.safetensors") == Self.weights)
    }

    @Test func beginsAgainWhenTheBeginningIsDamaged() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        try folder.write([UInt8](repeating: 7, count: 2_000_000), to: partial("aaaaaaaa"))
        try await download(from: hub)
        #expect(hub.requestsOfCDN.map { $0["Range"] } == ["bytes=2000000-", nil])
        #expect(try content("model.safetensors") == Self.weights)
        #expect(try leftovers().isEmpty)
    }

    @Test func beginsAgainWhenTheServerSendsAll() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        hub.change { $0.ignoresRanges = true }
        try folder.write(Array(Self.weights[..<2_000_000]), to: partial("aaaaaaaa"))
        try await download(from: hub)
        #expect(try content("model.safetensors") == Self.weights)
    }

    @Test(arguments: ["bytes 5-2999999/3000000", "bytes 2000000-2999999/4000000", "", "items 1"])
    func takesNoOtherPartThanItAskedFor(range: String) async throws {
        let hub = try await StandInHub.start(files: Self.files)
        hub.change { behaviour in
            behaviour.cdn = { request in
                request["Range"] == nil
                    ? nil : .init(206, [("Content-Range", range)], body: Array(Self.weights[2_000_000...]))
            }
        }
        try folder.write(Array(Self.weights[..<2_000_000]), to: partial("aaaaaaaa"))
        try await download(from: hub)
        #expect(try content("model.safetensors") == Self.weights)
    }

    @Test func asksASilentServerAgain() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        let attempts = Mutex(0)
        hub.change { behaviour in
            behaviour.cdn = { _ in
                guard
                    attempts.withLock({
                        $0 += 1; return $0
                    }) == 1
                else { return nil }
                return .init(body: Self.weights, stallsAfter: 1_000_000)
            }
        }
        try await download(from: hub) { $0.timeout = .milliseconds(300) }
        #expect(hub.requestsOfCDN.count == 2)
        #expect(try content("model.safetensors") == Self.weights)
    }

    @Test func waitsAsLongAsTheServerAsks() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        let attempts = Mutex(0)
        hub.change { behaviour in
            behaviour.hub = { request in
                guard request.path.contains("/revision/"),
                    attempts.withLock({
                        $0 += 1; return $0
                    }) < 3
                else {
                    return nil
                }
                return .init(429, [("Retry-After", "7")])
            }
        }
        let delays = Mutex<[Duration]>([])
        try await download(from: hub) { $0.retries.sleep = { delay in delays.withLock { $0.append(delay) } } }
        #expect(delays.withLock { $0 } == [.seconds(7), .seconds(7)])
    }

    @Test(arguments: [408, 500, 502, 503, 504])
    func givesUpAfterFiveAttempts(status: Int) async throws {
        let hub = try await StandInHub.start(files: Self.files)
        hub.change { $0.cdn = { _ in .init(status) } }
        let error = await failure(from: hub)
        guard case .unreachable(_, let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains("\(status)") && !reason.contains("signature"))
        #expect(hub.requestsOfCDN.count == 5)
        #expect(!FileManager.default.fileExists(atPath: "\(repository)/snapshots"))
    }

    @Test func asksForANewSignatureWhenOneHasRunOut() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        let attempts = Mutex(0)
        hub.change { behaviour in
            behaviour.cdn = { _ in
                attempts.withLock {
                    $0 += 1; return $0
                } == 1 ? .init(403) : nil
            }
        }
        try await download(from: hub)
        #expect(try content("model.safetensors") == Self.weights)
    }

    // MARK: Hostile servers

    @Test func refusesAndRemovesAWrongContent() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        hub.change { behaviour in
            behaviour.cdn = { _ in
                var content = Self.weights
                content[1_234_567] ^= 1
                return .init(body: content)
            }
        }
        guard case .wrongHash("model.safetensors", StandInHub.sha256(Self.weights), _) = await failure(from: hub) else {
            Issue.record("accepted")
            return
        }
        #expect(try leftovers().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: "\(repository)/blobs/\(StandInHub.sha256(Self.weights))"))
        #expect(!FileManager.default.fileExists(atPath: "\(repository)/snapshots"))
        hub.change { $0.cdn = { _ in nil } }
        try await download(from: hub)
        #expect(try content("model.safetensors") == Self.weights)
    }

    @Test(arguments: [2_999_999, 3_000_001])
    func refusesAnotherSize(byteCount: Int) async throws {
        let hub = try await StandInHub.start(files: Self.files)
        hub.change { $0.cdn = { _ in .init(body: [UInt8](repeating: 0, count: byteCount)) } }
        #expect(
            await failure(from: hub) == .wrongSize(file: "model.safetensors", expected: 3_000_000, found: byteCount))
    }

    @Test(arguments: [
        "../config.json", "/etc/passwd", "a/../../b", "a//b", "./a", "..", "a\\\\..\\\\b", "a\\u0000b", "a\\nb",
        "..\\u002f\\u0301x",
    ])
    func refusesNamesOutsideTheFolder(name: String) async throws {
        let hub = try await StandInHub.start(files: Self.files)
        let entry = #"{"type":"file","path":"\#(name)","size":2,"oid":"\#(StandInHub.gitHash([]))"}"#
        hub.change { $0.hub = { $0.path.contains("/tree/") ? .init(body: Array("[\(entry)]".utf8)) : nil } }
        guard case .unsafeName = await failure(from: hub) else {
            Issue.record("accepted")
            return
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test(arguments: ["../other", "/etc", "a/../../b"])
    func refusesModulesOutsideTheFolder(path: String) async throws {
        var files = Self.files
        files["modules.json"] = Array(#"[{"path":"\#(path)","type":"T"}]"#.utf8)
        let hub = try await StandInHub.start(files: files)
        #expect(await failure(from: hub) == .unsafeName(id: "org/name", name: path))
    }

    @Test(arguments: [
        ("/revision/", #"{"sha":"../../x"}"#), ("/revision/", "[]"), ("/revision/", "<html>"), ("/tree/", "{}"),
        ("/tree/", #"[{"type":"file","path":"a"}]"#),
        ("/tree/", #"[{"type":"file","path":"a","size":1,"oid":"../x"}]"#),
        ("/tree/", "[" + #"{"type":"file","path":"a","size":-1,"oid":"ce013625030ba8dba906f756967f9e9ca394464a"}]"#),
        ("/tree/", String(repeating: " ", count: 17 << 20)),
    ])
    func refusesAnswersThatNoHubGives(path: String, body: String) async throws {
        let hub = try await StandInHub.start(files: Self.files)
        hub.change { $0.hub = { $0.path.contains(path) ? .init(body: Array(body.utf8)) : nil } }
        guard case .badAnswer = await failure(from: hub) else {
            Issue.record("accepted")
            return
        }
    }

    @Test func followsNoRedirectionForEver() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        hub.change { $0.cdn = { .init(302, [("Location", $0.path)]) } }
        guard case .badRedirection = await failure(from: hub) else {
            Issue.record("followed")
            return
        }
        #expect(hub.requestsOfCDN.count < 10)
    }

    @Test(arguments: ["ftp://127.0.0.1/x", "http://user:word@127.0.0.1/x", "http://", "file:///etc/passwd"])
    func followsNoRedirectionToWhatIsNoServer(location: String) async throws {
        let hub = try await StandInHub.start(files: Self.files)
        hub.change { $0.cdn = { _ in .init(302, [("Location", location)]) } }
        guard case .badRedirection = await failure(from: hub) else {
            Issue.record("followed")
            return
        }
    }

    // MARK: The disk

    @Test func saysWhereAndHowMuchSpaceIsMissing() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        let size = 1 << 60
        let tree = hub.tree.replacing("\"size\":3000000", with: "\"size\":\(size)")
        hub.change { $0.hub = { $0.path.contains("/tree/") ? .init(body: Array(tree.utf8)) : nil } }
        let error = await failure(from: hub)
        guard case .noSpace(repository, let needed, let available) = error, needed > size, available < size else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(hub.requestsOfCDN.isEmpty)
    }

    @Test func saysWhatItCannotWrite() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        try folder.write("", to: "file")
        let error = await failure(from: hub, cache: "\(folder.path)/file/cache")
        guard case .cannotWrite(let path, _) = error, path.hasPrefix("\(folder.path)/file") else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func replacesABlobThatIsNotWhole() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        try folder.write([1, 2, 3], to: "models--org--name/blobs/\(StandInHub.sha256(Self.weights))")
        try await download(from: hub)
        #expect(try content("model.safetensors") == Self.weights)
    }

    // MARK: Hashes of a manifest

    @Test func refusesWhatTheManifestDoesNotExpect() async throws {
        let hub = try await StandInHub.start(files: Self.files)
        let other = StandInHub.sha256([])
        for file in ["model.safetensors", "config.json", "absent.json"] {
            let error = await failure(from: hub, hashes: [file: other])
            guard case .wrongHash(file, other, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
        #expect(!FileManager.default.fileExists(atPath: "\(repository)/snapshots"))
        try await download(
            from: hub,
            hashes: [
                "model.safetensors": StandInHub.sha256(Self.weights),
                "config.json": StandInHub.sha256(Array("{}".utf8)),
            ])
    }

    // MARK: Helpers

    private var repository: String { "\(folder.path)/models--org--name" }
    private var snapshot: String { "\(repository)/snapshots/\(StandInHub.commit)" }

    private func partial(_ suffix: String) -> String {
        "models--org--name/blobs/\(StandInHub.sha256(Self.weights)).\(suffix).incomplete"
    }

    private func content(_ file: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: "\(snapshot)/\(file)")))
    }

    private func leftovers() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(repository)/blobs").filter { $0.contains(".") }
    }

    @discardableResult
    private func download(
        from hub: StandInHub, id: String = "org/name", revision: String? = nil, token: String? = nil,
        hashes: [String: String] = [:], cache: String? = nil, _ change: (inout HubSettings) -> Void = { _ in }
    ) async throws -> ModelDownload.Result {
        var settings = try HubSettings(endpoint: hub.endpoint)
        settings.token = token
        settings.retries.sleep = { _ in }
        change(&settings)
        return try await ModelDownload(settings, cache: cache ?? folder.path)
            .run(RepositoryID(id).downloadCandidates, revision: revision, hashes: hashes)
    }

    private func failure(
        from hub: StandInHub, id: String = "org/name", revision: String? = nil, token: String? = nil,
        hashes: [String: String] = [:], cache: String? = nil, _ change: (inout HubSettings) -> Void = { _ in }
    ) async -> HubError? {
        do {
            try await download(
                from: hub, id: id, revision: revision, token: token, hashes: hashes, cache: cache, change)
            return nil
        } catch {
            return error as? HubError
        }
    }
}
