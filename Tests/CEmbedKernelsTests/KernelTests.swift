// SPDX-License-Identifier: Apache-2.0

import CEmbedKernels
import CEmbedKernelsChecks
import Testing

@Suite struct KernelTests {
    private static let names = names { index in embed_kernels_at(index).map { $0.pointee.isa } }
    private static let usableNames = names.filter { embed_kernels_choose($0) != nil }
    private static let checks = names { index in embed_check_at(index).map { $0.pointee.name } }

    private static func names(_ name: (Int) -> UnsafePointer<CChar>?) -> [String] {
        var result: [String] = []
        while let name = name(result.count) { result.append(String(cString: name)) }
        return result
    }

    /// Every instruction set that runs here against Tests/CEmbedKernelsChecks; each name there is a claim.
    @Test(arguments: usableNames, checks)
    func keepsWhatItClaims(isa: String, check: String) throws {
        let kernels = try #require(embed_kernels_choose(isa))
        let index = try #require(Self.checks.firstIndex(of: check))
        var message = [CChar](repeating: 0, count: 200)
        let violations = try #require(embed_check_at(index)).pointee.violations(kernels, &message)
        let first = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        #expect(violations == 0, "\(first)")
    }

    @Test func scalarRunsEverywhereAndIsTheLastChoice() {
        #expect(Self.names.last == "scalar")
        #expect(Self.usableNames.last == "scalar")
    }

    @Test func choosesTheFirstUsableOneWithoutAName() throws {
        let best = try #require(embed_kernels_choose(nil))
        #expect(String(cString: best.pointee.isa) == Self.usableNames.first)
    }

    @Test(arguments: ["", "sse9", "AVX2"])
    func knowsNoOtherNames(name: String) {
        #expect(embed_kernels_choose(name) == nil)
    }

    @Test(arguments: usableNames)
    func countsTheOperationsOfThePeakLoops(isa: String) throws {
        let kernels = try #require(embed_kernels_choose(isa))
        for format in UnsafeBufferPointer(start: kernels.pointee.formats, count: kernels.pointee.format_count)
        where format.usable() {
            var sink: Float = 0
            #expect(format.peak(10, &sink) == 10 * format.peak(1, &sink))
            #expect(sink.isFinite)
        }
    }
}
