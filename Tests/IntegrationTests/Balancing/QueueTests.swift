import Contracts
import OllamaStub
import Reactor
import Testing

/// Requests that find all servers busy.
@Suite("The queue before the servers", .serialized)
@ReactorActor
struct QueueTests {
    /// One server that takes `limit` requests at a time; each takes as long as its tokens say, 20 ms a token.
    private func with(
        limit: Int = 1, _ settings: [String: String] = [:],
        _ body: (OllamaStub, Martlet, ProxyClient) async throws -> Void
    ) async throws {
        var script = StubScript(models: [.init(name: "stub:1b", isLoaded: true)])
        script.tokenDelay = .milliseconds(20)
        let stub = try await OllamaStub.start(script: script)
        let all = ["OLLAMA_BASE_URLS": stub.url, "OLLAMA_MAX_IN_FLIGHT": "\(limit)"].merging(settings) { $1 }
        let martlet = try await Martlet.start(all)
        let client = ProxyClient(martlet)
        try await client.knowsAll()
        try await body(stub, martlet, client)
        client.close()
        await martlet.stop()
        await stub.stop()
    }

    @Test("users take turns, interactive requests go before jobs, and each says how it waited")
    func order() async throws {
        try await with { stub, _, client in
            let first = try client.start(user: "first", tokens: 20)
            try await eventually("it is under way") { stub.figures.activeStreams == 1 }
            let job = try client.start(user: "jobs", priority: .job, tokens: 3)
            let hogs = try (0..<3).map { _ in try client.start(user: "hog", tokens: 3) }
            let other = try client.start(user: "other", tokens: 3)
            try await eventually("five wait") { try await client.stats().queue.interactive == 4 }
            #expect(try await client.stats().queue.job == 1)
            let all = [first, hogs[0], other, hogs[1], hogs[2], job]
            for reply in all { #expect(try await reply.ended().status == 200) }
            let ends = all.compactMap(\.overAt)
            #expect(ends == ends.sorted(), "in the order of their turns")
            #expect(first.headers["x-queue-position"] == nil)
            #expect(hogs.map { $0.headers["x-queue-position"] } == ["1", "2", "3"])
            #expect(other.headers["x-queue-position"] == "2")
            #expect(Int(job.headers["x-queue-wait"] ?? "").map { $0 > 100 } == true)
            #expect(Int(job.headers["x-queue-estimate"] ?? "").map { $0 >= 1 } == true)
            #expect(job.statistics?.queuePosition == 1 && (job.statistics?.waitedMs ?? 0) > 100)
            let queue = try await client.stats().queue
            #expect(queue.queued == 5 && queue.admitted == 5 && queue.interactive == 0 && queue.job == 0)
        }
    }

    @Test("no more are under way than the limit, however many come")
    func limit() async throws {
        try await with(limit: 3) { stub, _, client in
            let replies = try (0..<20).map { try client.start(user: "u\($0 % 4)", tokens: 4) }
            var most = 0
            try await eventually("all have ended") {
                most = max(most, stub.figures.activeStreams)
                return replies.allSatisfy(\.isOver)
            }
            #expect(most == 3)
            for reply in replies { #expect(reply.status == 200 && reply.lines.last?["done"] == .bool(true)) }
        }
    }

    @Test("a full queue answers 503 with Retry-After; a user without a place gets one from a hog")
    func full() async throws {
        try await with(["OLLAMA_QUEUE_LIMIT": "3"]) { stub, _, client in
            let first = try client.start(user: "hog", tokens: 40)
            try await eventually("it is under way") { stub.figures.activeStreams == 1 }
            let hogs = try (0..<3).map { _ in try client.start(user: "hog", tokens: 2) }
            let refused = try await client.start(user: "hog", tokens: 2).ended()
            #expect(refused.status == 503 && refused.lines.first?["error"]?.text?.isEmpty == false)
            #expect(Int(refused.headers["retry-after"] ?? "").map { (1...600).contains($0) } == true)
            let other = try client.start(user: "other", tokens: 2)
            #expect(try await hogs[2].ended().status == 503, "the hog's last one made room")
            for reply in [first, hogs[0], hogs[1], other] { #expect(try await reply.ended().status == 200) }
            #expect(try await client.stats().queue.refused == 2)
        }
    }

    @Test("a request whose time in the queue is over gets 503; one whose client leaves gives its place back at once")
    func leaves() async throws {
        try await with { stub, _, client in
            let first = try client.start(tokens: 60)
            try await eventually("it is under way") { stub.figures.activeStreams == 1 }
            let gone = try client.start(user: "a", tokens: 2)
            let late = try client.start(user: "b", tokens: 2, queueLimit: 200)
            let patient = try client.start(user: "c", tokens: 2)
            try await eventually("three wait") { try await client.stats().queue.interactive == 3 }
            gone.leave()
            try await eventually("two wait") { try await client.stats().queue.interactive <= 2 }
            #expect(try await late.ended().status == 503)
            #expect(late.headers["retry-after"] != nil && first.isOver == false)
            #expect(try await patient.ended().status == 200)
            #expect(stub.figures.requestsByPath["/api/chat"] == 2)
            let queue = try await client.stats().queue
            #expect(queue.left == 1 && queue.expired == 1 && queue.admitted == 1)
        }
    }

    @Test("what waits for one model does not hold up another; small questions never wait")
    func otherModels() async throws {
        try await with(limit: 0) { stub, _, client in
            stub.change {
                $0.models.append(.init(name: "other:1b", isLoaded: true))
                $0.slots = 1
            }
            // A limit of its own for each model: 32 at first.
            let busy = try (0..<40).map { _ in try client.start(tokens: 400) }
            try await eventually("eight wait") { try await client.stats().queue.interactive == 8 }
            let other = try client.start(tokens: 2, model: "other:1b")
            let show = try await client.start("/api/show", tokens: nil).ended()
            #expect(show.status == 200)
            try await eventually("the other model's request is under way") { stub.figures.activeStreams == 33 }
            for reply in busy + [other] { reply.leave() }
            try await eventually("nothing is counted") {
                let stats = try await client.stats()
                return stats.backends.allSatisfy { $0.backend.active == 0 } && stats.queue.interactive == 0
            }
        }
    }

    @Test("a server with two slots comes to be given two requests at a time")
    func learns() async throws {
        try await with(limit: 0) { stub, _, client in
            stub.change {
                $0.slots = 2
                $0.tokenDelay = .milliseconds(30)
                $0.countedTokenTime = .milliseconds(30)
            }
            for round in 0..<4 {
                let replies = try (0..<8).map { try client.start(user: "u\($0)", tokens: 8) }
                for reply in replies { #expect(try await reply.ended().status == 200, "round \(round)") }
            }
            let model = try await client.stats().backends.first?.models.first { $0.name == "stub:1b" }
            #expect((1...3).contains(model?.limit ?? 0), "\(model?.limit ?? 0)")
        }
    }

    @Test("a daemon that is replaced lets those that wait have their turn")
    func handOver() async throws {
        try await with { stub, martlet, client in
            let first = try client.start(tokens: 40)
            let waiting = try (0..<3).map { try client.start(user: "u\($0)", tokens: 2) }
            try await eventually("three wait") { try await client.stats().queue.interactive == 3 }
            #expect(try await martlet.run("restart", "ollama-lb-proxy").code == 0)
            for reply in [first] + waiting {
                #expect(try await reply.ended().status == 200)
                #expect(reply.lines.last?["done"] == .bool(true))
            }
            #expect(stub.figures.completedStreams == 4)
        }
    }
}
