import Glibc

/// A client that sees bytes: a non-blocking socket, polled with a deadline.
final class RawClient: Sendable {
    let descriptor: CInt

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        try connect(&address)
    }

    init(path: String) throws {
        descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var address = TestSockets.unixAddress(path)
        try connect(&address)
    }

    deinit { Glibc.close(descriptor) }

    private func connect<Address>(_ address: inout Address) throws {
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        guard result == 0 else { throw TestFailure("connect: \(errno)") }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        var sent = 0
        try await poll("send") {
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    Glibc.send(self.descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
                }
                if count < 0 {
                    if errno == EAGAIN { return false }
                    throw TestFailure("send: \(errno)")
                }
                sent += count
            }
            return true
        }
    }

    /// What can be sent without the other side reading: stops at the first full buffer or error.
    @discardableResult
    func sendWhatFits(_ bytes: [UInt8]) -> Int {
        let count = bytes.withUnsafeBytes {
            Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
        }
        return max(0, count)
    }

    /// `nil`: nothing there now; empty: the end.
    func take(_ most: Int = 65536) throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: most)
        let count = recv(descriptor, &buffer, most, 0)
        if count >= 0 { return Array(buffer[..<count]) }
        if errno == EAGAIN { return nil }
        throw TestFailure("recv: \(errno)")
    }

    func readToEnd() async throws -> String {
        var all: [UInt8] = []
        try await poll("end of connection") {
            while let piece = try self.take() {
                if piece.isEmpty { return true }
                all += piece
            }
            return false
        }
        return String(decoding: all, as: UTF8.self)
    }

    /// Reads until what has come satisfies `isEnough`.
    func read(until isEnough: (String) -> Bool) async throws -> String {
        var all: [UInt8] = []
        try await poll("answer") {
            while let piece = try self.take() {
                all += piece
                if isEnough(String(decoding: all, as: UTF8.self)) { return true }
                if piece.isEmpty { throw TestFailure("closed after: \(String(decoding: all, as: UTF8.self))") }
            }
            return false
        }
        return String(decoding: all, as: UTF8.self)
    }

    /// One response whose length is told by Content-Length.
    func response() async throws -> String {
        try await read { text in
            guard let end = text.range(of: "\r\n\r\n") else { return false }
            let head = text[..<end.lowerBound].lowercased()
            let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length: ") }
                .flatMap { Int($0.dropFirst(16)) }
            return text[end.upperBound...].utf8.count >= (length ?? 0)
        }
    }

    func finishSending() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// So that closing sends RST instead of FIN.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    func shrinkReceiveBuffer() {
        var size: CInt = 32 * 1024
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<CInt>.size))
    }
}

extension String {
    func range(of other: String) -> Range<String.Index>? { self.firstRange(of: other) }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Waits until `isTrue`, ten seconds at most.
func poll(_ what: String, _ isTrue: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(10)
    while try await !isTrue() {
        guard ContinuousClock.now < deadline else { throw TestFailure("no \(what) in 10 s") }
        try await Task.sleep(for: .milliseconds(1))
    }
}
