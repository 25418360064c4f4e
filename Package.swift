// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "embedder",
    products: [
        .executable(name: "embedder", targets: ["embedder"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // 2.100.0 bounds the number of HTTP/1 header fields (CVE-2026-28980).
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The program: one file a subcommand, wired together on one page.
        .executableTarget(
            name: "embedder",
            dependencies: [
                "CArguments", "CMalloc", "EmbedJSON", "EmbedHub", "EmbedImages", "EmbedModelFiles", "EmbedModels",
                "EmbedDevices", "EmbedTokenizers", "EmbedEngine", "EmbedServing", "EmbedServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            linkerSettings: [
                // Nothing loads symbols from the program; exporting them all costs 4.5 MB.
                .unsafeFlags(["-Xlinker", "--no-export-dynamic"], .when(platforms: [.linux]))
            ]
        ),
        // HTTP: dialects, errors to statuses, health.
        .target(
            name: "EmbedServer",
            dependencies: [
                "CWebAssets", "EmbedEngine", "EmbedImages", "EmbedJSON", "EmbedMetrics", "EmbedServing",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        // The documentation pages, as bytes of the program.
        .target(
            name: "CWebAssets", exclude: ["docs.css", "docs.html", "docs.js", "openapi.json"],
            cSettings: [
                .enableWarning("all"), .enableWarning("extra"), .enableWarning("strict-prototypes"),
                .treatAllWarnings(as: .error),
            ]
        ),
        // One request type, one queue per model, batches.
        .target(
            name: "EmbedServing",
            dependencies: [
                "EmbedEngine", "EmbedImages", "EmbedTokenizers",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        // Text to token ids to vectors for one loaded model.
        .target(
            name: "EmbedEngine",
            dependencies: [
                "EmbedJSON", "EmbedTokenizers", "EmbedImages", "EmbedModels", "EmbedModelFiles", "EmbedDevices",
            ]
        ),
        // Bytes of an image to the pixels a model takes, exactly as Pillow.
        .target(name: "EmbedImages", dependencies: ["CImageCodecs", "EmbedJSON"]),
        // libpng, libjpeg-turbo, libwebp and giflib behind one small header, linked into the program: nothing more than
        // before is needed where it runs. A static library lies beside its headers in Debian's -dev packages.
        .target(
            name: "CImageCodecs",
            cSettings: [
                .enableWarning("all"), .enableWarning("extra"), .enableWarning("strict-prototypes"),
                .treatAllWarnings(as: .error),
            ],
            linkerSettings: [
                .linkedLibrary(":libpng16.a"), .linkedLibrary(":libjpeg.a"), .linkedLibrary(":libwebpdemux.a"),
                .linkedLibrary(":libwebp.a"), .linkedLibrary(":libgif.a"), .linkedLibrary("z"), .linkedLibrary("m"),
                // webp_memory.c stands around libwebp's allocator.
                .unsafeFlags(
                    ["WebPSafeMalloc", "WebPSafeCalloc", "WebPSafeFree"].flatMap { ["-Xlinker", "--wrap=\($0)"] }),
            ]
        ),
        // Text to token ids, exactly as Hugging Face tokenizers.
        .target(name: "EmbedTokenizers", dependencies: ["EmbedJSON"]),
        // Architectures describe.
        .target(name: "EmbedModels", dependencies: ["EmbedJSON", "EmbedModelFiles"]),
        // Devices execute.
        .target(name: "EmbedDevices", dependencies: ["EmbedModels", "EmbedModelFiles", "CEmbedKernels"]),
        // Files of a model directory: weights and configuration.
        .target(name: "EmbedModelFiles", dependencies: ["EmbedJSON"]),
        // Model names to directories, downloaded when they have to be.
        .target(
            name: "EmbedHub",
            dependencies: [
                "EmbedJSON",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        // Counters, gauges and histograms, and Prometheus' text of them.
        .target(name: "EmbedMetrics"),
        // JSON without Foundation: a strict bounded parser and a writer, and base64.
        .target(name: "EmbedJSON"),
        // Kernels, one instruction set a file. Always optimised: a debug build computes at full speed too.
        .target(
            name: "CEmbedKernels",
            cSettings: [
                .unsafeFlags(["-O3", "-fno-math-errno", "-ffp-contract=on"]),
                .enableWarning("all"), .enableWarning("extra"), .enableWarning("strict-prototypes"),
                .treatAllWarnings(as: .error),
            ]
        ),
        // What Swift's Glibc module leaves out.
        .systemLibrary(name: "CMalloc"),
        // The program's arguments: Swift's runtime finds them in /proc alone.
        .target(
            name: "CArguments",
            cSettings: [
                .enableWarning("all"), .enableWarning("extra"), .enableWarning("strict-prototypes"),
                .treatAllWarnings(as: .error),
            ]
        ),
        // What several test targets share.
        .target(
            name: "EmbedTestSupport",
            dependencies: [
                "EmbedModelFiles",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .testTarget(name: "EmbedJSONTests", dependencies: ["EmbedJSON", "EmbedTestSupport"]),
        .testTarget(name: "EmbedMetricsTests", dependencies: ["EmbedMetrics"]),
        .testTarget(
            name: "EmbedImagesTests",
            dependencies: [
                "EmbedImages", "EmbedJSON", "EmbedTestSupport", .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .testTarget(
            name: "EmbedHubTests",
            dependencies: [
                "EmbedHub", "EmbedTestSupport", .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ]),
        .testTarget(name: "EmbedModelFilesTests", dependencies: ["EmbedJSON", "EmbedModelFiles", "EmbedTestSupport"]),
        .testTarget(
            name: "EmbedModelsTests",
            dependencies: ["EmbedHub", "EmbedJSON", "EmbedModelFiles", "EmbedModels", "EmbedTestSupport"]),
        .testTarget(name: "EmbedTokenizersTests", dependencies: ["EmbedJSON", "EmbedTokenizers", "EmbedTestSupport"]),
        // Every kernel against plain C in double precision; also built for other processors by Scripts/check-neon.
        .target(
            name: "CEmbedKernelsChecks", dependencies: ["CEmbedKernels"], path: "Tests/CEmbedKernelsChecks",
            // Millions of products in plain C.
            cSettings: [.unsafeFlags(["-O2"])]),
        .testTarget(name: "CEmbedKernelsTests", dependencies: ["CEmbedKernels", "CEmbedKernelsChecks"]),
        .testTarget(
            name: "EmbedDevicesTests",
            dependencies: ["EmbedDevices", "EmbedJSON", "EmbedModelFiles", "EmbedModels", "EmbedTestSupport"]),
        .testTarget(
            name: "EmbedEngineTests",
            dependencies: [
                "EmbedDevices", "EmbedEngine", "EmbedImages", "EmbedJSON", "EmbedModelFiles", "EmbedTestSupport",
                "EmbedTokenizers",
            ]),
        .testTarget(
            name: "EmbedServingTests",
            dependencies: [
                "EmbedDevices", "EmbedEngine", "EmbedModelFiles", "EmbedServing", "EmbedTestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .testTarget(
            name: "EmbedServerTests",
            dependencies: [
                "EmbedDevices", "EmbedEngine", "EmbedImages", "EmbedJSON", "EmbedMetrics", "EmbedModels", "EmbedServer",
                "EmbedServing", "EmbedTestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .testTarget(
            name: "embedderTests",
            dependencies: [
                "embedder", "EmbedEngine", "EmbedHub", "EmbedJSON", "EmbedModelFiles", "EmbedServer", "EmbedServing",
                "EmbedTestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

/// Targets whose loops the tests run millions of times: optimised in debug builds too.
let optimized: Set = [
    "EmbedDevices", "EmbedImages", "EmbedImagesTests", "EmbedJSON", "EmbedModelFiles", "EmbedTokenizers",
    "EmbedTokenizersTests",
]

for target in package.targets where target.type != .system && !target.name.hasPrefix("C") {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
            .enableUpcomingFeature("ExistentialAny"),
            // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
            .enableUpcomingFeature("MemberImportVisibility"),
            // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
            .enableUpcomingFeature("InternalImportsByDefault"),
            .treatAllWarnings(as: .error),
        ]
    if optimized.contains(target.name) {
        target.swiftSettings?.append(.unsafeFlags(["-O"], .when(configuration: .debug)))
    }
}
