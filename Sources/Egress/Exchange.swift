import CCurl
import NIOCore
import Reactor

/// One request under way. Its methods may be called at any time, in callbacks too; once it has ended they do nothing.
@ReactorActor
public final class Exchange {
    enum State {
        /// Not yet given to libcurl.
        case queued
        case running
        /// Cancelled, but still to be taken out of libcurl.
        case cancelled
        case ended
    }

    /// Unique within the process.
    public nonisolated let id: UInt64
    /// Whether delivery of the body is suspended.
    public private(set) var isPaused = false

    let request: Request
    var receiver: (any ResponseReceiver)?
    /// Kept until the end: libcurl's callbacks and the receiver may be all that is left of the client's users.
    var client: HTTPClient?
    var state = State.queued
    /// Place in `HTTPClient.active`.
    var index = 0
    var handle: EasyHandle?
    var parser = HeadParser()
    var deadlines: Deadlines
    var timer: ReactorTimer?
    var bytesReceived = 0
    /// Why we made libcurl give up, when it was us.
    var reason: HTTPFailure.Kind?
    /// The policy has refused an address.
    var isAddressRefused = false
    /// libcurl holds back body bytes (at most its receive buffer) and reads no more.
    var isReceiveHeld = false
    /// libcurl pulls no more of the upload.
    var isUploadHeld = false
    /// Waits in `HTTPClient.resuming`.
    var isResuming = false

    private static var lastID: UInt64 = 0

    init(_ request: Request, _ receiver: any ResponseReceiver, _ client: HTTPClient) {
        Self.lastID += 1
        id = Self.lastID
        self.request = request
        self.receiver = receiver
        self.client = client
        deadlines = Deadlines(request.timeouts, now: Deadlines.now())
    }

    /// Suspends delivery: no `responseBody` after this returns, until `resume`. What the upstream sends stays in the
    /// kernel, but for one receive buffer. The end of a body that is delivered already may still be told.
    public func pause() {
        guard !isPaused else { return }
        isPaused = true
        deadlines.isPaused = true
    }

    /// Delivers again, from the end of this turn on, never before this returns.
    public func resume() {
        guard isPaused else { return }
        isPaused = false
        deadlines.isPaused = false
        deadlines.lastActivity = Deadlines.now()
        if isReceiveHeld { client?.resumeLater(self) }
    }

    /// The upload source, which had answered `wait`, has bytes (or its end) now.
    public func uploadReady() {
        if isUploadHeld { client?.resumeLater(self) }
    }

    /// Ends it without another word to the receiver. Unless the response was complete, the connection to the upstream
    /// is closed: at once, or in a callback as soon as that returns to libcurl. Idempotent.
    public func cancel() {
        guard state == .queued || state == .running else { return }
        receiver = nil
        let wasRunning = state == .running
        state = .cancelled
        client?.discard(self, wasRunning: wasRunning)
    }
}
