// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .treatAllWarnings(as: .error),
]
func library(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}
func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioConcurrency = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")

let package = Package(
    name: "martlet",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // Which jwt-kit brings in any case.
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        .target(name: "CLinux"),
        library("Reactor", ["CLinux"]),
        library("Frames", [nioCore]),
        library("Contracts", [protobuf], exclude: ["proto"]),
        library("Link", ["CLinux", "Reactor", "Frames", "Contracts", nioCore, nioPosix, protobuf]),
        .systemLibrary(name: "CSystemd"),
        library("Systemd", ["CSystemd"]),
        library("DaemonKit", ["CLinux", "Reactor", "Contracts", "Link", "Systemd", logging]),
        library("Supervisor", ["CLinux", "Reactor", "Contracts", "Link", "Systemd", "DaemonKit", logging]),
        .target(name: "CCurl", dependencies: ["CLinux"]),
        library("Egress", ["CCurl", "CLinux", "Contracts", "Reactor", nioCore, logging]),
        library("OllamaLBProxy", ["Reactor", "Contracts", "Link", "DaemonKit", "Egress", nioCore, logging]),
        .systemLibrary(name: "CCrypt"),
        .target(name: "CPostgres", dependencies: ["CLinux"]),
        .target(name: "CHiredis", dependencies: ["CLinux"]),
        library("Redis", ["CHiredis", "CLinux", "DaemonKit", crypto, logging]),
        library("Storage", ["Contracts", "CPostgres", grdb, sqlite, logging]),
        library(
            "Identity",
            ["Storage", "Egress", "Reactor", "Contracts", "CCrypt", jwt, crypto, cryptoExtras, nioCore, logging]),
        library("HTTPFront", [nioCore, nioPosix, nioHTTP, nioConcurrency, logging]),
        library(
            "API",
            [
                "Reactor", "Contracts", "Link", "DaemonKit", "Storage", "Redis", "Identity", "Egress", "HTTPFront",
                nioCore,
                nioPosix, nioHTTP,
                protobuf, crypto, logging,
            ]),
        library("SnapshotCollector", ["Reactor", "Contracts", "Link", "DaemonKit", "Storage", logging]),
        library("Archiver", ["Reactor", "Contracts", "Link", "DaemonKit"]),
        library("SCIM", ["Reactor", "Contracts", "Link", "DaemonKit", "Storage", "Identity", nioCore, logging]),
        library("OllamaStub", ["HTTPFront", "Contracts", nioCore, nioPosix, nioHTTP, crypto, logging]),
        .executableTarget(
            name: "martlet",
            dependencies: [
                "Supervisor", "API", "OllamaLBProxy", "SnapshotCollector", "Archiver", "SCIM", "Storage", "Redis",
                "DaemonKit", "Contracts", "Link", "Reactor", "CLinux", arguments, logging,
            ], swiftSettings: settings),
        .executableTarget(
            name: "ollama-stub", dependencies: ["OllamaStub", nioCore, arguments, logging], swiftSettings: settings),
        .executableTarget(
            name: "link-benchmark", dependencies: ["Link", "Contracts", "Reactor", "CLinux"], swiftSettings: settings),
        tests("FramesTests", ["Frames", nioCore]),
        tests("LinkTests", ["Link", "Frames", "Contracts", "Reactor", "CLinux", nioCore, nioPosix]),
        tests("ReactorTests", ["Reactor", "CLinux"]),
        tests("DaemonKitTests", ["DaemonKit", "Contracts", logging], exclude: ["Fixtures"]),
        tests("SupervisorTests", ["Supervisor", "DaemonKit", "Contracts", "Link"]),
        tests("EgressTests", ["Egress", "Contracts", "Reactor", "CLinux", nioCore]),
        tests("OllamaLBProxyTests", ["OllamaLBProxy", "Contracts", "DaemonKit", "Egress", "Reactor"]),
        tests("SnapshotCollectorTests", ["SnapshotCollector", "Contracts"]),
        tests("SCIMTests", ["SCIM", "Storage", "Contracts", logging]),
        tests("RedisTests", ["Redis", "DaemonKit", logging]),
        tests("StorageTests", ["Storage", grdb], exclude: ["Fixtures"]),
        tests(
            "IdentityTests", ["Identity", "Egress", "Storage", "Contracts", grdb, jwt, crypto, cryptoExtras, logging]),
        tests("HTTPFrontTests", ["HTTPFront", nioCore, nioPosix, nioHTTP, nioConcurrency, logging]),
        tests("APITests", ["API", "HTTPFront", "Identity", "Storage", "Contracts", nioCore, nioHTTP]),
        tests("ArchitectureTests", []),
        tests(
            "IntegrationTests",
            [
                "OllamaStub", "HTTPFront", "Identity", "Storage", "Egress", "DaemonKit", "Contracts", "Reactor", "Link",
                grdb, nioCore, nioPosix, nioHTTP, crypto, cryptoExtras, logging, "martlet",
            ],
            exclude: ["Clients", "Fixtures"]),
    ]
)
