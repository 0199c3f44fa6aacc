import NIOCore
import Reactor
import Testing

@testable import Egress

@Suite struct CollectTests {
    private let server = TestServer { connection in
        while let request = connection.request() {
            if request.line.contains("/hang") {
                _ = connection.waitForClose()
                return
            }
            connection.respond("200 OK", "0123456789")
        }
    }

    @Test("a small response is collected, one over the limit is refused")
    @ReactorActor func limit() async throws {
        defer { server.stop() }
        try await withClient { client in
            let (head, body) = try await client.collect(Request(url: server.url()), limit: 10)
            #expect(head.status == 200 && String(buffer: body) == "0123456789")
            do throws(HTTPFailure) {
                _ = try await client.collect(Request(url: server.url()), limit: 9)
                Issue.record("collected more than the limit")
            } catch { #expect(error.kind == .tooLarge) }
        }
    }

    @Test("cancelling the task cancels the request", arguments: [true, false])
    @ReactorActor func cancellation(isEarly: Bool) async throws {
        defer { server.stop() }
        try await withClient { client in
            let request = server.url("/hang")
            let task = Task { () -> HTTPFailure.Kind? in
                do throws(HTTPFailure) {
                    _ = try await client.collect(Request(url: request), limit: 10)
                    return nil
                } catch { return error.kind }
            }
            if !isEarly { #expect(await eventually { server.open == 1 }) }
            task.cancel()
            #expect(await task.value == .cancelled)
            #expect(await eventually { client.activeExchanges == 0 && server.open == 0 })
        }
    }
}
