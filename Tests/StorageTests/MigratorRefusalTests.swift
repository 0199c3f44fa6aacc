import Foundation
import GRDB
import Glibc
import Testing

@testable import Storage

/// Each refusal: its reason, a text with advice, and a directory that is byte for byte what it was.
@Suite("Migrator: what it refuses, untouched")
struct MigratorRefusalTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func expectRefusal(
        _ reason: StorageError.Reason, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try directory.contents()
        let error = #expect(throws: StorageError.self, sourceLocation: sourceLocation) {
            try Migrator.prepare(path: directory.database)
        }
        #expect(error?.reason == reason, sourceLocation: sourceLocation)
        #expect(error?.message.isEmpty == false && error?.advice.isEmpty == false, sourceLocation: sourceLocation)
        #expect(try directory.contents() == before, sourceLocation: sourceLocation)
    }

    private func write(_ bytes: some Sequence<UInt8>) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: directory.database))
    }

    @Test("a file that is no database", arguments: [1, 99, 100, 4096])
    func notADatabase(size: Int) throws {
        try write((0..<size).map { UInt8(truncatingIfNeeded: $0) })
        try expectRefusal(.notADatabase)
    }

    @Test("a file with SQLite's magic and nothing else")
    func onlyMagic() throws {
        try write(Array("SQLite format 3\0".utf8))
        try expectRefusal(.notADatabase)
    }

    @Test("a header followed by noise is never taken for a database")
    func noise() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20 {
            let noise = (0..<8192).map { _ in UInt8.random(in: 0...255, using: &generator) }
            try write(Array("SQLite format 3\0".utf8) + noise)
            let before = try directory.contents()
            #expect(throws: StorageError.self) { try Migrator.prepare(path: directory.database) }
            #expect(try directory.contents() == before)
        }
    }

    @Test("noise whose header asks for a WAL, by the version for reading alone", arguments: [0, 1, 2, 255] as [UInt8])
    func noiseInWALMode(writeVersion: UInt8) throws {
        var header = Array("SQLite format 3\0".utf8) + [0x10, 0x00, writeVersion, 2, 0, 64, 32, 32]
        header += (0..<8192).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        try write(header)
        let before = try directory.contents()
        #expect(throws: StorageError.self) { try Migrator.prepare(path: directory.database) }
        #expect(try directory.contents() == before)
    }

    @Test("a directory, and a FIFO, in place of the file")
    func notAFile() throws {
        mkfifo(directory.database, 0o600)
        #expect(throws: StorageError.self) { try Migrator.prepare(path: directory.database) }
        unlink(directory.database)
        mkdir(directory.database, 0o700)
        let error = #expect(throws: StorageError.self) { try Migrator.prepare(path: directory.database) }
        #expect(error?.reason == .notADatabase)
        #expect(try directory.files() == ["webui.db"])
    }

    @Test("a symbolic link to nowhere")
    func dangling() throws {
        symlink("/nonexistent/webui.db", directory.database)
        let error = #expect(throws: StorageError.self) { try Migrator.prepare(path: directory.database) }
        #expect(error?.reason == .fileUnwritable)
    }

    @Test("a database with an overwritten page", arguments: [false, true])
    func corrupt(wal: Bool) throws {
        try SampleDatabase.stock(at: directory.database, wal: wal)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: directory.database))
        for index in 4096..<(4096 * 6) { bytes[index] = 0xA5 }
        try bytes.write(to: URL(fileURLWithPath: directory.database))
        let before = try directory.contents()
        let error = #expect(throws: StorageError.self) { try Migrator.prepare(path: directory.database) }
        #expect(error?.reason == .corrupt)
        #expect(try directory.contents() == before)
    }

    @Test("a database cut short")
    func truncated() throws {
        try SampleDatabase.stock(at: directory.database)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: directory.database))
        try write(bytes.prefix(bytes.count / 2))
        try expectRefusal(.corrupt)
    }

    @Test("the database of another program", arguments: [false, true])
    func foreign(wal: Bool) throws {
        let queue = try DatabaseQueue(path: directory.database)
        try queue.write { try $0.execute(sql: "CREATE TABLE song (title TEXT)") }
        if wal { try queue.inDatabase { _ = try String.fetchOne($0, sql: "PRAGMA journal_mode = WAL") } }
        try queue.close()
        try expectRefusal(.notOpenWebUI)
    }

    @Test("an older Open WebUI database", arguments: ["a1b2c3d4e5f6", "7e5b5dc7342b"], [false, true])
    func older(revision: String, wal: Bool) throws {
        try SampleDatabase.stock(at: directory.database, revision: revision, wal: wal)
        try expectRefusal(.olderVersion(revision))
    }

    @Test("a database of an unknown newer version", arguments: [false, true])
    func newer(wal: Bool) throws {
        try SampleDatabase.stock(at: directory.database, revision: "ffffffffffff", wal: wal)
        try expectRefusal(.newerVersion("ffffffffffff"))
    }

    @Test("a database that a newer martlet migrated")
    func newerMartlet() throws {
        try Migrator.prepare(path: directory.database)
        let queue = try DatabaseQueue(path: directory.database)
        try queue.write { try $0.execute(sql: "INSERT INTO martlet_migration VALUES ('9999-future', 1)") }
        try queue.close()
        try expectRefusal(.newerVersion("9999-future"))
    }

    @Test("a newer database whose last user died: the file and its WAL stay as they are")
    func newerWithWAL() throws {
        try SampleDatabase.stock(at: directory.database, revision: "ffffffffffff", wal: true)
        let crashed = try TemporaryDirectory()
        let pool = try DatabasePool(path: directory.database)
        try pool.write { try $0.execute(sql: "UPDATE user SET name = 'in the WAL'") }
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: directory.database + suffix, toPath: crashed.database + suffix)
        }
        try pool.close()
        let before = try crashed.contents()
        let error = #expect(throws: StorageError.self) { try Migrator.prepare(path: crashed.database) }
        #expect(error?.reason == .newerVersion("ffffffffffff"))
        // SQLite needs its index of the WAL; it holds no data.
        #expect(try crashed.contents().filter { $0.key != "webui.db-shm" } == before)
    }

    @Test("a data directory that does not exist")
    func noDirectory() throws {
        let error = #expect(throws: StorageError.self) {
            try Migrator.prepare(path: directory.path + "/missing/webui.db")
        }
        #expect(error?.reason == .directoryMissing)
        #expect(try directory.files().isEmpty)
    }

    @Test("a disk with too little room for a fresh database")
    func noRoom() throws {
        let migrator = Migrator(path: directory.database, reserve: .max / 2)
        let error = #expect(throws: StorageError.self) { try migrator.prepare() }
        #expect(error?.reason == .diskFull)
        #expect(try directory.files() == ["webui.db.martlet-lock"])
    }

    @Test("a disk with too little room for the snapshot")
    func noRoomForSnapshot() throws {
        try SampleDatabase.stock(at: directory.database)
        let before = try Data(contentsOf: URL(fileURLWithPath: directory.database))
        let migrator = Migrator(path: directory.database, reserve: .max / 2)
        let error = #expect(throws: StorageError.self) { try migrator.prepare() }
        #expect(error?.reason == .diskFull)
        #expect(try directory.files() == ["webui.db", "webui.db.martlet-lock"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: directory.database)) == before)
    }

    @Test("while another process migrates, after the time-out")
    func locked() throws {
        let file = open(directory.database + ".martlet-lock", O_RDWR | O_CREAT, 0o600)
        defer { close(file) }
        #expect(flock(file, LOCK_EX) == 0)
        let migrator = Migrator(path: directory.database, lockTimeout: .milliseconds(50))
        let error = #expect(throws: StorageError.self) { try migrator.prepare() }
        #expect(error?.reason == .locked)
        #expect(try directory.files() == ["webui.db.martlet-lock"])
    }
}
