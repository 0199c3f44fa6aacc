import Foundation
import Glibc
import Storage
import Testing

@testable import Identity

@Suite("The secret key file")
struct SecretKeyFileTests {
    let directory = NSTemporaryDirectory() + "martlet-key-\(UUID().uuidString)"

    private func withDirectory(_ body: () async throws -> Void) async throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await body()
    }

    private var path: String { directory + "/.webui_secret_key" }

    private func mode() -> UInt32 {
        var status = stat()
        stat(path, &status)
        return status.st_mode & 0o777
    }

    @Test("a key is made once, mode 0600, and read again")
    func once() async throws {
        try await withDirectory {
            let key = try SecretKeyFile.loadOrCreate(dataDir: directory)
            #expect(key.count == 64)
            #expect(mode() == 0o600)
            #expect(try SecretKeyFile.loadOrCreate(dataDir: directory) == key)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [".webui_secret_key"])
        }
    }

    @Test("an existing key is kept, without the white space around it; its mode is tightened")
    func existing() async throws {
        try await withDirectory {
            try Data("  s3cr3t key \n".utf8).write(to: URL(fileURLWithPath: path))
            chmod(path, 0o644)
            #expect(try SecretKeyFile.loadOrCreate(dataDir: directory) == Array("s3cr3t key".utf8))
            #expect(mode() == 0o600)
        }
    }

    @Test("an empty or oversized file, or a directory in its place, is refused and left", arguments: [0, 1, 5_000])
    func bad(size: Int) async throws {
        try await withDirectory {
            let bytes = Data(repeating: size == 1 ? 0x20 : 0x61, count: size)
            try bytes.write(to: URL(fileURLWithPath: path))
            #expect(throws: SecretKeyError.self) { try SecretKeyFile.loadOrCreate(dataDir: directory) }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
            unlink(path)
            mkdir(path, 0o700)
            #expect(throws: SecretKeyError.self) { try SecretKeyFile.loadOrCreate(dataDir: directory) }
        }
    }

    @Test("a missing data directory is told")
    func missing() {
        let error = #expect(throws: SecretKeyError.self) { try SecretKeyFile.loadOrCreate(dataDir: directory) }
        #expect(error?.description.contains("No such file") == true)
    }

    @Test("of many that start at once all have the same key, and nothing else is left")
    func race() async throws {
        try await withDirectory {
            let pool = WorkerPool(name: "test", threads: 16, capacity: 64)
            let directory = directory
            let keys = try await withThrowingTaskGroup(of: [UInt8].self) { group in
                for _ in 0..<64 {
                    group.addTask { try await pool.run { try SecretKeyFile.loadOrCreate(dataDir: directory) } }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(keys.count == 1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [".webui_secret_key"])
        }
    }
}
