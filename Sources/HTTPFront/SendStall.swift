import NIOCore

/// Notices that nothing of what waits for a client has moved. Looked at once a tick.
struct SendStall {
    private var waiting = 0
    private var since = NIODeadline.distantFuture

    /// - Parameter waiting: bytes that wait now; 0 if that is nothing to worry about.
    mutating func isTooLong(_ waiting: Int, _ now: NIODeadline, _ limit: TimeAmount) -> Bool {
        if waiting == 0 {
            since = .distantFuture
        } else if waiting != self.waiting || since == .distantFuture {
            since = now
        }
        self.waiting = waiting
        return since != .distantFuture && now - since >= limit
    }
}
