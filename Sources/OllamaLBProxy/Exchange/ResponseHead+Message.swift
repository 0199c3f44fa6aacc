import Contracts
import Egress

extension ResponseHead {
    private static let own: Set<String> = [
        "connection", "keep-alive", "transfer-encoding", "content-length", "date", "trailer", "upgrade",
    ]

    /// For the wire: without what belongs to one connection. `length`: of the body, where it is known.
    func message(length: Int?, more: [WireHeader] = []) -> WireHead {
        var message = WireHead()
        message.status = UInt32(clamping: status)
        for (name, value) in headers where !Self.own.contains(name.lowercased()) {
            message.headers.append(WireHeader(name, value))
        }
        message.headers += more
        if let length { message.headers.append(WireHeader("content-length", String(length))) }
        return message
    }
}

extension WireHeader {
    init(_ name: String, _ value: String) {
        self.init()
        self.name = name
        self.value = value
    }
}
