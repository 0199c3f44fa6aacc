// swift-tools-version: 6.2
// The fuzzers and the modules that they look into, as run.sh lays them out beside this file in .build-fuzz/package:
// the sources are links into the checkout, so that they can be compiled with the fuzzer's instrumentation.
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
]
let instrumented = settings + [.unsafeFlags(["-sanitize=fuzzer", "-enable-testing", "-parse-as-library"])]
func nio(_ name: String) -> Target.Dependency { .product(name: name, package: "swift-nio") }
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
    name: "martlet-fuzz",
    products: [
        .library(name: "FrameFuzzer", type: .static, targets: ["FrameFuzzer"]),
        .library(name: "HTTPFuzzer", type: .static, targets: ["HTTPFuzzer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    ],
    targets: [
        .target(name: "CLinux"),
        .target(name: "Reactor", dependencies: ["CLinux"], swiftSettings: settings),
        .target(name: "Frames", dependencies: [nio("NIOCore")], swiftSettings: instrumented),
        .target(name: "Contracts", dependencies: [protobuf], exclude: ["proto"], swiftSettings: settings),
        .target(
            name: "Link",
            dependencies: ["CLinux", "Reactor", "Frames", "Contracts", nio("NIOCore"), nio("NIOPosix"), protobuf],
            swiftSettings: instrumented),
        .target(
            name: "HTTPFront",
            dependencies: [
                nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOConcurrencyHelpers"), logging,
            ], swiftSettings: instrumented),
        .target(name: "FrameFuzzer", dependencies: ["Link"], swiftSettings: instrumented),
        .target(name: "HTTPFuzzer", dependencies: ["HTTPFront"], swiftSettings: instrumented),
    ]
)
