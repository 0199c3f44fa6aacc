import FoundationEssentials
import Glibc
import Testing

/// Starts that must not succeed, and must say why and what to do.
@Suite("A start that cannot succeed")
struct BadStartTests {
    private func serve(_ directory: String, _ more: String...) async throws -> (code: Int32, output: String) {
        try await Martlet.run(
            ["serve", "--data-dir", directory + "/data", "--runtime-dir", directory + "/run", "--host", "127.0.0.1"]
                + more)
    }

    private func inDirectory(_ body: (String) async throws -> Void) async throws {
        let directory = Martlet.temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await body(directory)
    }

    @Test("invalid settings: 78, each with key, value, source and what is allowed, nothing touched")
    func invalidSettings() async throws {
        try await inDirectory { directory in
            let answer = try await serve(
                directory, "--port", "http", "--set", "OLLAMA_BASE_URLS=ftp://x", "--set", "LOG_LEVEL=loud")
            #expect(answer.code == 78)
            for word in [
                "PORT", "\"http\"", "command line", "0 to 65535", "OLLAMA_BASE_URLS", "ftp://x", "LOG_LEVEL", "warning",
            ] {
                #expect(answer.output.contains(word), "\(word) in \(answer.output)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [])
        }
    }

    @Test("an unknown setting or a missing file is refused")
    func unknown() async throws {
        try await inDirectory { directory in
            #expect(try await serve(directory, "--set", "NO_SUCH_KEY=1").code == 78)
            let missing = try await serve(directory, "--config", directory + "/none.env")
            #expect(missing.code == 78)
            #expect(missing.output.contains("none.env"))
        }
    }

    @Test("a secret that is wrong is not shown")
    func secrets() async throws {
        let answer = try await Martlet.run(["config", "--json", "--runtime-dir", "/nowhere"])
        #expect(answer.code == 0)
        #expect(answer.output.contains("WEBUI_SECRET_KEY"))
    }

    @Test("an occupied port: says which, exits without a daemon left")
    func occupiedPort() async throws {
        let first = try await Martlet.start(["OLLAMA_BASE_URLS": ""])
        try await inDirectory { directory in
            let answer = try await serve(directory, "--port", "\(first.port)")
            #expect(answer.code == 69)
            #expect(answer.output.contains("\(first.port) is in use"))
        }
        await first.stop()
    }

    @Test("a second supervisor on the same directory is refused, the first goes on")
    func second() async throws {
        let first = try await Martlet.start(["OLLAMA_BASE_URLS": ""])
        let answer = try await serve(first.directory, "--port", "0")
        #expect(answer.code == 69)
        #expect(answer.output.contains("in use by another process"))
        #expect(try await first.run("status").code == 0)
        #expect(try await first.get("/health").status == 200)
        await first.stop()
    }

    @Test("a corrupt database is refused and left as it is")
    func corrupt() async throws {
        try await inDirectory { directory in
            try FileManager.default.createDirectory(atPath: directory + "/data", withIntermediateDirectories: true)
            let garbage = Data((0..<8192).map { _ in UInt8.random(in: 0...255) })
            try garbage.write(to: URL(filePath: directory + "/data/webui.db"))
            let answer = try await serve(directory, "--port", "0")
            #expect(answer.code == 69)
            #expect(answer.output.contains("webui.db"))
            #expect(FileManager.default.contents(atPath: directory + "/data/webui.db") == garbage)
        }
    }

    @Test("a directory that cannot be one: 69, named, with the option that gives another", arguments: ["data", "run"])
    func unusableDirectory(_ kind: String) async throws {
        try await inDirectory { directory in
            // Root may write anywhere, but not below a file.
            _ = FileManager.default.createFile(atPath: directory + "/file", contents: nil)
            let data = directory + (kind == "data" ? "/file/x" : "/data")
            let run = directory + (kind == "run" ? "/file/x" : "/run")
            let answer = try await Martlet.run(["serve", "--data-dir", data, "--runtime-dir", run, "--port", "0"])
            #expect(answer.code == 69)
            #expect(answer.output.contains(directory + "/file/x"))
            #expect(answer.output.contains(kind == "data" ? "--data-dir" : "--runtime-dir"))
        }
    }

    @Test("a full disk: 69, said so, and no half-made database", .enabled(if: getuid() == 0, "mounting needs root"))
    func fullDisk() async throws {
        try await inDirectory { directory in
            try FileManager.default.createDirectory(atPath: directory + "/small", withIntermediateDirectories: true)
            // The mount is seen by, and ends with, this one process.
            let command = """
                mount -t tmpfs -o size=100k tmpfs \(directory)/small || exit 99
                \(Martlet.executable) serve --data-dir \(directory)/small/data --runtime-dir \(directory)/run --port 0
                code=$?; ls \(directory)/small/data; exit $code
                """
            let process = try ChildProcess(
                "/usr/bin/unshare", ["--mount", "/bin/sh", "-c", command], output: directory + "/out")
            #expect(await process.end(within: .seconds(60)) == 69)
            let output = try String(contentsOfFile: directory + "/out", encoding: .utf8)
            #expect(output.contains("no space left"))
            #expect(!output.split(separator: "\n").contains("webui.db"))
        }
    }

    @Test("a socket path that is too long is refused before anything is made")
    func longPath() async throws {
        try await inDirectory { directory in
            let long = directory + "/" + String(repeating: "x", count: 120)
            let answer = try await Martlet.run(["serve", "--data-dir", directory + "/data", "--runtime-dir", long])
            #expect(answer.code == 78 || answer.code == 69)
            #expect(answer.output.contains("107 bytes"))
        }
    }

    @Test("wrong usage is 64")
    func usage() async throws {
        #expect(try await Martlet.run(["frobnicate"]).code == 64)
        #expect(try await Martlet.run(["serve", "--no-such-option"]).code == 64)
        #expect(try await Martlet.run(["call", "control", "no.such"]).code == 64)
        for command in [
            "serve", "status", "restart", "stop", "start", "reload", "upgrade", "doctor", "call", "config", "version",
            "backup", "restore", "import",
        ] {
            let help = try await Martlet.run([command, "--help"])
            #expect(help.code == 0)
            #expect(help.output.contains("USAGE: martlet \(command)"))
        }
    }
}
