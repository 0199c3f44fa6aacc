import NIOCore
import Reactor
import Synchronization
import Testing

@testable import Egress

private final class Sent: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .relaxed) }
    func add(_ more: Int) { count.add(more, ordering: .relaxed) }
}

@Suite @ReactorActor struct ResponseStreamTests {
    private nonisolated static let size = 8_000_000

    /// Answers with `size` bytes, as fast as they are taken.
    private func big(_ sent: Sent) -> TestServer {
        TestServer { connection in
            guard connection.request() != nil else { return }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(Self.size)\r\n\r\n")
            let piece = String(repeating: "x", count: 100_000)
            for _ in 0..<(Self.size / piece.utf8.count) {
                guard connection.write(piece) else { return }
                sent.add(piece.utf8.count)
            }
        }
    }

    @Test("a reader that is behind stops the upstream, and gets every byte")
    func paced() async throws {
        let sent = Sent()
        let server = big(sent)
        defer { server.stop() }
        try await withClient { client in
            let (head, stream) = try await client.open(Request(url: server.url()))
            #expect(head.status == 200)
            // Sockets' buffers take a few MB; what is above them is not taken while nobody reads.
            await turnsPass(.milliseconds(300))
            #expect(sent.value < Self.size)
            var count = 0
            while let bytes = try await stream.next() { count += bytes.readableBytes }
            #expect(count == Self.size)
        }
    }

    @Test("redirects are followed before the answer is read")
    func redirects() async throws {
        let server = TestServer { connection in
            while let request = connection.request() {
                if request.line.contains(" /end ") {
                    connection.respond("200 OK", "there")
                } else {
                    connection.respond("302 Found", headers: ["Location: /end"])
                }
            }
        }
        defer { server.stop() }
        try await withClient { client in
            let (head, stream) = try await client.open(Request(url: server.url("/begin")))
            #expect(head.status == 200)
            var text = ""
            while let bytes = try await stream.next() { text += String(buffer: bytes) }
            #expect(text == "there")
        }
    }

    @Test("a body that breaks off is an error, not an end; so is a request that is cancelled")
    func broken() async throws {
        let server = TestServer { connection in
            guard connection.request() != nil else { return }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        }
        defer { server.stop() }
        let sent = Sent()
        let endless = big(sent)
        defer { endless.stop() }
        try await withClient { client in
            let (_, stream) = try await client.open(Request(url: server.url()))
            var kind: HTTPFailure.Kind?
            do throws(HTTPFailure) { while try await stream.next() != nil {} } catch { kind = error.kind }
            #expect(kind == .truncated)
            let (_, left) = try await client.open(Request(url: endless.url()))
            let reading = Task { @ReactorActor () -> HTTPFailure.Kind? in
                do throws(HTTPFailure) {
                    while try await left.next() != nil {}
                    return nil
                } catch { return error.kind }
            }
            reading.cancel()
            #expect(await reading.value == .cancelled)
            #expect(await eventually { endless.open == 0 })
        }
    }
}
