import Contracts
import SwiftProtobuf

/// What every call to another daemon carries along.
struct CallHeader {
    var requestID: String
    var userID: String
    var role: String

    /// No generation takes longer; whoever hangs is found by the proxy's own time-outs.
    static let limit: UInt32 = 86_400_000

    func open(_ method: String, _ message: some Message) -> WireOpen {
        var open = WireOpen()
        open.method = method
        open.message = (try? message.serializedBytes()) ?? .init()
        open.requestID = requestID
        open.timeoutMs = Self.limit
        if !userID.isEmpty {
            open.principal.userID = userID
            open.principal.role = role
        }
        return open
    }
}
