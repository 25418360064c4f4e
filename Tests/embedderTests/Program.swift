// SPDX-License-Identifier: Apache-2.0

import EmbedTestSupport
import Foundation

/// The built program, run as a user runs it.
enum Program {
    struct Result {
        let status: Int32
        let output: String
        let errors: String

        var lines: [Substring] { output.split(separator: "\n") }
    }

    /// The tiny model that the tests run, and settings that no machine's environment changes.
    static let model = Fixtures.path("Models/new-format")

    /// Runs the program to its end.
    static func run(
        _ arguments: [String], input: String = "", environment: [String: String] = [:], directory: String = "/"
    ) throws -> Result {
        let process = try make(arguments, environment: environment, directory: directory)
        let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = stderr
        try process.run()
        try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
        let errors = try stderr.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: String(decoding: output, as: UTF8.self),
            errors: String(decoding: errors, as: UTF8.self))
    }

    /// The program with an environment and a working directory of its own, ready to be started.
    static func make(
        _ arguments: [String], environment: [String: String] = [:], directory: String = "/"
    ) throws -> Process {
        let process = Process()
        process.executableURL = try executable()
        process.arguments = arguments
        // Not the directory of the tests: there may be a file of settings in it.
        process.currentDirectoryURL = URL(filePath: directory)
        // Nothing is downloaded but from a test's own Hub.
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "HF_HUB_OFFLINE": "1"]
            .merging(coverage) { _, new in new }
            .merging(environment) { _, new in new }
        return process
    }

    /// While coverage is measured, where the program writes the lines that it has reached: a file a run, in a folder beside
    /// the tests' own files, from which Scripts/coverage takes those that are whole.
    private static var coverage: [String: String] {
        guard let tests = ProcessInfo.processInfo.environment["LLVM_PROFILE_FILE"] else { return [:] }
        let folder = URL(filePath: tests).deletingLastPathComponent()
        return ["LLVM_PROFILE_FILE": folder.appending(path: "program/%p.profraw").path(percentEncoded: false)]
    }

    /// The program stands beside the test bundle.
    private static func executable() throws -> URL {
        var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        while folder.path != "/" {
            let candidate = folder.appending(path: "embedder")
            if FileManager.default.isExecutableFile(atPath: candidate.path), !isDirectory(candidate) {
                return candidate
            }
            folder.deleteLastPathComponent()
        }
        throw TestSupportError("the program is not beside \(CommandLine.arguments[0]); build it with the tests")
    }

    private static func isDirectory(_ url: URL) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}
