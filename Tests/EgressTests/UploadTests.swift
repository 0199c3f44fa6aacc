import NIOCore
import Reactor
import Synchronization
import Testing

@testable import Egress

@Suite @ReactorActor struct UploadTests {
    /// Hands out numbered lines; says `wait` in between, and makes itself heard a little later.
    private final class Lines: UploadSource {
        private var bytes: [UInt8]
        private let failsAtEnd: Bool
        private var calls = 0
        weak var exchange: Exchange?

        init(_ count: Int, failsAtEnd: Bool = false) {
            bytes = Array((0..<count).map { "line \($0)\n" }.joined().utf8)
            self.failsAtEnd = failsAtEnd
        }

        func read(into buffer: UnsafeMutableRawBufferPointer) -> UploadStep {
            calls += 1
            if calls % 3 == 0 {
                Reactor.shared.schedule(after: .milliseconds(calls % 2)) { self.exchange?.uploadReady() }
                return .wait
            }
            guard !bytes.isEmpty else { return failsAtEnd ? .fail : .end }
            let count = min(buffer.count, bytes.count, 5000)
            buffer.copyBytes(from: bytes[..<count])
            bytes.removeFirst(count)
            return .wrote(count)
        }
    }

    @Test("a streamed body arrives whole, with a length or chunked, though its source makes it wait")
    func streamed() async throws {
        let text = (0..<10_000).map { "line \($0)\n" }.joined()
        let server = TestServer { connection in
            while let request = connection.request() {
                let isChunked = request.has("Transfer-Encoding")
                let isWhole = request.body == Array(text.utf8)
                connection.respond("200 OK", "\(isChunked) \(isWhole) \(request.has("Expect"))")
            }
        }
        defer { server.stop() }
        try await withClient { client in
            for length in [nil, text.utf8.count] {
                let (source, recorder) = (Lines(10_000), Recorder())
                let request = Request(method: "PUT", url: server.url(), body: .stream(length: length, source))
                source.exchange = client.start(request, recorder)
                await recorder.ended()
                #expect(recorder.text == "\(length == nil) true false")
            }
        }
    }

    @Test("a source that fails ends the exchange and the connection")
    func failing() async throws {
        let server = TestServer { connection in _ = connection.request() }
        defer { server.stop() }
        try await withClient { client in
            let (source, recorder) = (Lines(1000, failsAtEnd: true), Recorder())
            let request = Request(method: "POST", url: server.url(), body: .stream(length: nil, source))
            source.exchange = client.start(request, recorder)
            await recorder.ended()
            #expect(recorder.failure?.kind == .uploadFailed && recorder.failure?.wasSent == true)
            #expect(await eventually { server.open == 0 })
        }
    }

    @Test("a source that waits is asked again, and may be cancelled meanwhile")
    func cancelled() async throws {
        final class Never: UploadSource {
            var calls = 0
            func read(into buffer: UnsafeMutableRawBufferPointer) -> UploadStep {
                calls += 1
                return .wait
            }
        }
        let server = TestServer { connection in _ = connection.request() }
        defer { server.stop() }
        try await withClient { client in
            let source = Never()
            let request = Request(method: "POST", url: server.url(), body: .stream(length: nil, source))
            let exchange = client.start(request, Recorder())
            #expect(await eventually { source.calls == 1 })
            exchange.uploadReady()
            #expect(await eventually { source.calls == 2 })
            exchange.cancel()
            #expect(await eventually { server.open == 0 })
        }
    }
}
