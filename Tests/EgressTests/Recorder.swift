import NIOCore
import Reactor
import Testing

@testable import Egress

/// Keeps what an exchange tells, and runs the test's hooks.
@ReactorActor
final class Recorder: ResponseReceiver {
    private(set) var heads: [ResponseHead] = []
    private(set) var body: [UInt8] = []
    private(set) var results: [Result<ResponseSummary, HTTPFailure>] = []
    private(set) var isInCallback = false
    var onHead: (@ReactorActor (ResponseHead) -> Void)?
    var onBody: (@ReactorActor ([UInt8]) -> Void)?
    var onEnd: (@ReactorActor () -> Void)?
    var keepsBody = true
    private var waiters: [CheckedContinuation<Void, Never>] = []

    var text: String { String(decoding: body, as: UTF8.self) }
    var status: Int? { heads.first?.status }
    var failure: HTTPFailure? {
        if case .failure(let failure) = results.first { failure } else { nil }
    }
    var summary: ResponseSummary? { try? results.first?.get() }

    func responseHead(_ head: ResponseHead) {
        heads.append(head)
        onHead?(head)
    }

    func responseBody(_ bytes: UnsafeRawBufferPointer) {
        #expect(heads.count == 1 && results.isEmpty && !bytes.isEmpty)
        if keepsBody { body += bytes }
        onBody?(Array(bytes))
    }

    func responseEnd(_ result: Result<ResponseSummary, HTTPFailure>) {
        results.append(result)
        onEnd?()
        for waiter in waiters { waiter.resume() }
        waiters = []
    }

    func ended() async {
        if results.isEmpty { await withCheckedContinuation { waiters.append($0) } }
    }
}

/// Runs `body` with a client that is shut down after it.
@ReactorActor
func withClient(
    _ configuration: HTTPClient.Configuration = .init(), _ body: @ReactorActor (HTTPClient) async throws -> Void
) async throws {
    let client = HTTPClient(configuration: configuration)
    defer { client.shutdown() }
    try await body(client)
    #expect(client.activeExchanges == 0)
    // Idle connections are nobody's to watch; a number left here would trap when its next owner watches it.
    #expect(client.watched.isEmpty)
}

extension HTTPClient {
    /// Starts a request and waits for its end.
    func run(_ request: Request) async -> Recorder {
        let recorder = Recorder()
        start(request, recorder)
        await recorder.ended()
        #expect(recorder.results.count == 1)
        return recorder
    }

    func get(_ url: String) async -> Recorder { await run(Request(url: url)) }
}

/// Polls until `condition` holds; false after the deadline.
@ReactorActor
func eventually(within limit: Duration = .seconds(10), _ condition: @ReactorActor () -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + limit
    while !condition() {
        guard .now < deadline else { return false }
        try? await Task.sleep(for: .milliseconds(2))
    }
    return true
}

/// Waits in the reactor's own time; for tests where nothing is expected to happen meanwhile.
@ReactorActor
func turnsPass(_ duration: Duration) async {
    await withCheckedContinuation { continuation in
        Reactor.shared.schedule(after: duration) { continuation.resume() }
    }
}
