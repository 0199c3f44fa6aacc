import Synchronization

/// What the server has done since it started, and what it is doing. A sum over event loops, not one instant's picture.
public struct HTTPFigures: Sendable, Equatable {
    public var connections = 0
    public var connectionsAccepted = 0
    /// Answered 503 for `HTTPLimits.maxConnections`.
    public var connectionsRefused = 0
    public var requestsInFlight = 0
    /// By the first digit of the status: index 0 is 1xx, 4 is 5xx.
    public var responses = [0, 0, 0, 0, 0]
    /// Clients that left before their answer was finished, and answers that were cut.
    public var incomplete = 0
    public var bytesReceived = 0
    public var bytesSent = 0
}

/// The counters of one event loop: written there, read anywhere.
final class HTTPCounters: Sendable {
    let requestsInFlight = Atomic<Int>(0)
    let informational = Atomic<Int>(0)
    let successful = Atomic<Int>(0)
    let redirected = Atomic<Int>(0)
    let clientError = Atomic<Int>(0)
    let serverError = Atomic<Int>(0)
    let incomplete = Atomic<Int>(0)
    let bytesReceived = Atomic<Int>(0)
    let bytesSent = Atomic<Int>(0)

    func countResponse(_ status: Int) {
        switch status {
        case ..<200: informational.add(1)
        case ..<300: successful.add(1)
        case ..<400: redirected.add(1)
        case ..<500: clientError.add(1)
        default: serverError.add(1)
        }
    }

    func add(to figures: inout HTTPFigures) {
        figures.requestsInFlight += requestsInFlight.value
        for index in figures.responses.indices { figures.responses[index] += response(index) }
        figures.incomplete += incomplete.value
        figures.bytesReceived += bytesReceived.value
        figures.bytesSent += bytesSent.value
    }

    private func response(_ index: Int) -> Int {
        switch index {
        case 0: informational.value
        case 1: successful.value
        case 2: redirected.value
        case 3: clientError.value
        default: serverError.value
        }
    }
}

extension Atomic where Value == Int {
    @inline(__always)
    borrowing func add(_ amount: Int) { add(amount, ordering: .relaxed) }
    var value: Int { load(ordering: .relaxed) }
}
