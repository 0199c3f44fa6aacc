import Contracts
import Egress
import FoundationEssentials
import Glibc
import OllamaStub
import Synchronization
import Testing

/// Models' files on their way to the servers.
@Suite("Model files")
struct ModelFileTests {
    private static let boundary = "----martlet"

    /// The events of an answer, without `data: `.
    private static func events(_ answer: HTTP.Answer) -> [JSONValue] {
        answer.body.split(separator: "\n").filter { $0.hasPrefix("data: ") }.map {
            (try? JSONValue(json: $0.dropFirst(6).utf8)) ?? .null
        }
    }

    private static func form(_ name: String, _ content: String) -> String {
        "--\(boundary)\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhi\r\n--\(boundary)\r\n"
            + "Content-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n"
            + "Content-Type: application/octet-stream\r\n\r\n\(content)\r\n--\(boundary)--\r\n"
    }

    private static func upload(
        _ martlet: Martlet, _ path: String, token: String, _ body: String
    ) async throws -> HTTP.Answer {
        try await HTTP.call(
            "POST", martlet.base + path, token: token, rawBody: body,
            headers: [("content-type", "multipart/form-data; boundary=\(boundary)")])
    }

    private func files(_ martlet: Martlet) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: martlet.data + "/uploads")) ?? []
    }

    @Test("an uploaded file becomes a model on the server that is named, or on all; nothing stays on the disk")
    func upload() async throws {
        let stubs = [try await OllamaStub.start(), try await OllamaStub.start()]
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": stubs.map(\.url).joined(separator: ";")])
        let token = try await martlet.signUp("ada")
        let one = try await Self.upload(
            martlet, "/ollama/models/upload/1", token: token, Self.form("../../My model.gguf", "GGUF0000"))
        #expect(one.status == 200 && one.headers["content-type"]?.hasPrefix("text/event-stream") == true)
        let events = Self.events(one)
        #expect(events.first?["progress"]?.double == 100 && events.first?["total"] == .integer(8))
        #expect(
            events.last?["blob"]?.text == "sha256:f63366e55ab1a16b61419fbc1fe208d61d13d2b8142f9ca5004d222fbc1655b4")
        #expect(events.last?["done"] == .bool(true) && events.last?["model_created"]?.text == "My-model")
        #expect(stubs[1].models.contains("My-model:latest") && !stubs[0].models.contains("My-model:latest"))
        let big = String(repeating: "0123456789abcdef", count: 200_000)
        let all = try await Self.upload(martlet, "/ollama/models/upload", token: token, Self.form("big.gguf", big))
        #expect(Self.events(all).last?["done"] == .bool(true), "\(all.body.suffix(300))")
        for stub in stubs {
            #expect(stub.models.contains("big:latest"))
            #expect(stub.figures.blobBytes >= big.utf8.count)
        }
        #expect(files(martlet) == [])
        await martlet.stop()
        for stub in stubs { await stub.stop() }
    }

    @Test("what is no form, has no file, is empty, too long, or goes nowhere is refused")
    func refused() async throws {
        let stub = try await OllamaStub.start()
        let martlet = try await Martlet.start([
            "OLLAMA_BASE_URLS": stub.url, "MARTLET_MODEL_FILE_LIMIT": "1000",
        ])
        let token = try await martlet.signUp("ada")
        func status(_ path: String, _ body: String) async throws -> Int {
            try await Self.upload(martlet, path, token: token, body).status
        }
        let path = "/ollama/models/upload"
        #expect(try await status(path, Self.form("x.gguf", String(repeating: "x", count: 1001))) == 413)
        #expect(try await status(path, Self.form("x.gguf", "")) == 400)
        #expect(try await status(path, Self.form("...", "x")) == 400)
        #expect(try await status(path, "--\(Self.boundary)\r\nnonsense\r\n\r\n") == 400)
        #expect(try await status(path, "--\(Self.boundary)--\r\n") == 422)
        #expect(try await status(path, String(Self.form("x.gguf", "abc").dropLast(10))) == 422)
        #expect(try await status(path + "/9", Self.form("x.gguf", "x")) == 404)
        #expect(try await status(path + "/x", Self.form("x.gguf", "x")) == 422)
        #expect(stub.figures.blobBytes == 0 && files(martlet) == [])
        await martlet.stop()
        await stub.stop()
    }

    @Test("a long file does not stay in memory while the server takes nothing")
    func flat() async throws {
        var script = StubScript()
        script.blobDelay = .seconds(3)
        let stub = try await OllamaStub.start(script: script)
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": stub.url])
        let token = try await martlet.signUp("ada")
        let status = try await martlet.status()
        let pids = ["api", "ollama-lb-proxy"].compactMap { status[$0]?.pid }
        let before = pids.map(Memory.residentKilobytes)
        let content = String(repeating: "0123456789abcdef", count: 4_000_000)
        let isOver = Atomic<Bool>(false)
        async let watched = Memory.highest(of: pids) { !isOver.load(ordering: .relaxed) }
        let answer = try await Self.upload(
            martlet, "/ollama/models/upload/0", token: token, Self.form("long.gguf", content))
        isOver.store(true, ordering: .relaxed)
        #expect(Self.events(answer).last?["done"] == .bool(true), "\(answer.body.suffix(300))")
        let growth = zip(await watched, before).map { $0 - $1 }.max() ?? 0
        // 64 MB went through.
        #expect(growth < 24_000, "\(growth) kB")
        await martlet.stop()
        await stub.stop()
    }

    @Test("an upload that its client leaves, or whose api dies, ends and leaves nothing on the disk")
    func left() async throws {
        let stub = try await OllamaStub.start()
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": stub.url])
        let token = try await martlet.signUp("ada")
        let begin = Self.form("x.gguf", String(repeating: "x", count: 1_000_000))
        func start() async throws -> Exchange {
            let exchange = await HTTP.upload(
                martlet.base + "/ollama/models/upload/0", token: token,
                type: "multipart/form-data; boundary=\(Self.boundary)", length: 100_000_000, StalledUpload(begin),
                PartialReader())
            try await martlet.status { $0["api"]?.in_flight == 1 }
            return exchange
        }
        let exchange = try await start()
        #expect(files(martlet) == [])
        await exchange.cancel()
        try await martlet.status { $0["api"]?.in_flight == 0 }
        _ = try await start()
        let status = try await martlet.status()
        let pid = try #require(status["api"]?.pid)
        kill(pid, SIGKILL)
        try await martlet.status { $0["api"]?.state == "ready" && $0["api"]?.pid != pid }
        #expect(files(martlet) == [])
        let whole = try await Self.upload(
            martlet, "/ollama/models/upload/0", token: token, Self.form("y.gguf", "GGUF0000"))
        #expect(Self.events(whole).last?["done"] == .bool(true), "\(whole.body)")
        await martlet.stop()
        await stub.stop()
    }

    @Test("files come from allowed hosts only, and never from inside the network")
    func addresses() async throws {
        let stub = try await OllamaStub.start()
        let martlet = try await Martlet.start([
            "OLLAMA_BASE_URLS": stub.url, "MARTLET_MODEL_FILE_HOSTS": "https://huggingface.co;http://127.0.0.1:1",
        ])
        let token = try await martlet.signUp("ada")
        for url in [
            "http://huggingface.co/a/b.gguf", "https://huggingface.co.evil.example/b.gguf",
            "https://huggingface.co@evil.example/b.gguf", "https://evil.example/https://huggingface.co/b.gguf",
            "file:///etc/passwd", "https://huggingface.co/../b.gguf", "https://huggingface.co/", "x",
            "http://127.0.0.1:2/b.gguf",
        ] {
            let answer = try await martlet.post(
                "/ollama/models/download/0", token: token, JSONValue.object(["url": .string(url)]).encoded)
            #expect(answer.status == 400, "\(url)")
        }
        let inside = try await martlet.post(
            "/ollama/models/download/0", token: token, #"{"url":"http://127.0.0.1:1/b.gguf"}"#)
        #expect(Self.events(inside).last?["error"]?.text?.contains("address") == true, "\(inside.body)")
        #expect(try await martlet.post("/ollama/models/download", token: token, "{}").status == 422)
        await martlet.stop()
        await stub.stop()
    }

    @Test("a downloaded file becomes a model; one that breaks off, or is not there, is told and leaves nothing")
    func download() async throws {
        let stub = try await OllamaStub.start()
        let source = try await FileSource.start()
        let martlet = try await Martlet.start([
            "OLLAMA_BASE_URLS": stub.url, "MARTLET_MODEL_FILE_HOSTS": source.url,
            "MARTLET_MODEL_FILE_NETWORKS": "127.0.0.0/8",
        ])
        let token = try await martlet.signUp("ada")
        func get(_ path: String) async throws -> [JSONValue] {
            let url = JSONValue.string(source.url + path).encoded
            let answer = try await martlet.post("/ollama/models/download/0", token: token, "{\"url\":\(url)}")
            #expect(answer.status == 200, "\(answer.body)")
            return Self.events(answer)
        }
        let events = try await get("/org/redirect/good.gguf?download=true")
        let isTold = events.contains { event in
            event["status"] == .string("downloading") && event["progress"]?.double == 100
        }
        #expect(isTold)
        #expect(events.last?["done"] == .bool(true) && events.last?["name"]?.text == "good.gguf", "\(events)")
        #expect(events.last?["model_created"]?.text == "good" && stub.models.contains("good:latest"))
        let blob = stub.figures.blobBytes
        #expect(blob == FileSource.size)
        // The blob is there already: it is not sent again.
        #expect(try await get("/org/good.gguf").last?["done"] == .bool(true))
        #expect(stub.figures.blobBytes == blob)
        for path in ["/org/broken.gguf", "/org/nothing.gguf", "/org/inside.gguf"] {
            #expect(try await get(path).last?["error"]?.text?.isEmpty == false, "\(path)")
        }
        #expect(files(martlet) == [])
        await martlet.stop()
        await source.stop()
        await stub.stop()
    }

    @Test("a blob of Ollama's own clients is taken when it is what its name says")
    func blob() async throws {
        let stub = try await OllamaStub.start()
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": stub.url])
        let token = try await martlet.signUp("ada")
        let good = "/ollama/api/blobs/sha256:f63366e55ab1a16b61419fbc1fe208d61d13d2b8142f9ca5004d222fbc1655b4"
        #expect(try await HTTP.call("POST", martlet.base + good, token: token, rawBody: "GGUF0000").status == 201)
        #expect(try await HTTP.call("POST", martlet.base + good, token: token, rawBody: "other").status == 400)
        #expect(stub.figures.blobBytes == 8)
        await martlet.stop()
        await stub.stop()
    }
}
