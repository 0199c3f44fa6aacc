/// What each module may import: docs/ARCHITECTURE.md and DESIGN.md, section 11, as a table. To add a line is a decision
/// about the architecture; the tests see to it that it runs downwards.
enum AllowedImports {
    struct Entry: Sendable {
        /// A module imports only from layers below its own.
        var layer: Int
        /// Modules of this package.
        var own: Set<String> = []
        /// Products of other packages, and system modules that not everybody may use.
        var others: Set<String> = []
    }

    /// Free for all.
    static let everywhere: Set<String> = ["Glibc", "Synchronization", "FoundationEssentials"]

    static let table: [String: Entry] = [
        // System libraries and thin shims.
        "CLinux": Entry(layer: 0), "CSystemd": Entry(layer: 0), "CCurl": Entry(layer: 0), "CPostgres": Entry(layer: 0),
        "CCrypt": Entry(layer: 0), "CHiredis": Entry(layer: 0),
        // The loop and the wire.
        "Reactor": Entry(layer: 1, own: ["CLinux"]),
        "Frames": Entry(layer: 1, others: ["NIOCore"]),
        // Generated code brings Foundation for itself.
        "Contracts": Entry(layer: 2, own: ["Frames"], others: ["SwiftProtobuf", "Foundation"]),
        "Link": Entry(
            layer: 3, own: ["Contracts", "Frames", "Reactor", "CLinux"],
            others: ["NIOCore", "NIOPosix", "SwiftProtobuf"]),
        "Systemd": Entry(layer: 3, own: ["CSystemd"]),
        "DaemonKit": Entry(
            layer: 4, own: ["Link", "Systemd", "Contracts", "Reactor", "CLinux"], others: ["Logging"]),
        // What daemons are built on.
        "Storage": Entry(
            layer: 5, own: ["DaemonKit", "Contracts", "CPostgres"],
            others: ["GRDB", "GRDBSQLite", "Logging", "Dispatch"]),
        "Redis": Entry(layer: 5, own: ["DaemonKit", "CLinux", "CHiredis"], others: ["Crypto", "Logging"]),
        "Egress": Entry(
            layer: 5, own: ["DaemonKit", "Contracts", "Reactor", "CCurl", "CLinux"], others: ["NIOCore", "Logging"]),
        "HTTPFront": Entry(
            layer: 5, own: ["DaemonKit", "Contracts"],
            others: ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOConcurrencyHelpers", "Logging"]),
        "Identity": Entry(
            layer: 6, own: ["Storage", "Egress", "DaemonKit", "Contracts", "Reactor", "CCrypt"],
            others: ["JWTKit", "Crypto", "CryptoExtras", "NIOCore", "Logging"]),
        // The processes.
        "Supervisor": Entry(
            layer: 7, own: ["DaemonKit", "Link", "Systemd", "Contracts", "Reactor", "CLinux"], others: ["Logging"]),
        "API": Entry(
            layer: 7,
            own: ["Storage", "Redis", "Identity", "Egress", "HTTPFront", "DaemonKit", "Link", "Contracts", "Reactor"],
            others: ["NIOCore", "NIOPosix", "NIOHTTP1", "SwiftProtobuf", "Crypto", "Logging"]),
        "OllamaLBProxy": Entry(
            layer: 7, own: ["Egress", "DaemonKit", "Link", "Contracts", "Reactor"], others: ["NIOCore", "Logging"]),
        "SnapshotCollector": Entry(
            layer: 7, own: ["Storage", "Egress", "DaemonKit", "Link", "Contracts", "Reactor"], others: ["Logging"]),
        "Archiver": Entry(
            layer: 7, own: ["Storage", "DaemonKit", "Link", "Contracts", "Reactor"], others: ["Logging"]),
        "SCIM": Entry(
            layer: 7, own: ["Storage", "Identity", "DaemonKit", "Link", "Contracts", "Reactor"],
            others: ["NIOCore", "Logging"]),
        "OllamaStub": Entry(
            layer: 7, own: ["HTTPFront", "Contracts"], others: ["NIOCore", "NIOPosix", "NIOHTTP1", "Crypto", "Logging"]),
        // The executables.
        "martlet": Entry(
            layer: 8,
            own: [
                "Supervisor", "API", "OllamaLBProxy", "SnapshotCollector", "Archiver", "SCIM", "Storage", "Redis",
                "DaemonKit", "Link",
                "Contracts", "Reactor", "CLinux",
            ], others: ["ArgumentParser", "Logging"]),
        "ollama-stub": Entry(layer: 8, own: ["OllamaStub"], others: ["ArgumentParser", "NIOCore", "Logging"]),
        "link-benchmark": Entry(layer: 8, own: ["Link", "Contracts", "Reactor", "CLinux"]),
    ]

    static let daemons: Set<String> = ["API", "OllamaLBProxy", "SnapshotCollector", "Archiver", "SCIM"]

    /// Everything that a module may come to through what it imports, itself included.
    static func reach(of module: String) -> Set<String> {
        var reached: Set<String> = []
        var open = [module]
        while let next = open.popLast() {
            guard reached.insert(next).inserted, let entry = table[next] else { continue }
            open += entry.own.union(entry.others)
        }
        return reached
    }
}
