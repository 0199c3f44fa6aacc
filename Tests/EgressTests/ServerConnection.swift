import Glibc

/// The server's end of a connection, with blocking calls that give up after 20 s.
final class ServerConnection {
    struct Received {
        var line: String
        var headers: [String]
        var body: [UInt8]
        func has(_ header: String) -> Bool { headers.contains { $0.lowercased().hasPrefix(header.lowercased() + ":") } }
    }

    private let descriptor: CInt
    private var buffer: [UInt8] = []

    init(_ descriptor: CInt) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var one: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<CInt>.size))
    }

    /// The next request with its body; nil when the client has closed.
    func request() -> Received? {
        guard let head = read(until: "\r\n\r\n") else { return nil }
        var lines = head.split(separator: "\r\n").map(String.init)
        guard !lines.isEmpty else { return nil }
        var received = Received(line: lines.removeFirst(), headers: lines, body: [])
        for header in lines {
            let parts = header.split(separator: ":", maxSplits: 1).map { $0.lowercased().filter { $0 != " " } }
            if parts[0] == "content-length" { received.body = read(count: Int(parts[1])!) ?? [] }
            if parts[0] == "transfer-encoding" { received.body = readChunks() }
        }
        return received
    }

    private func readChunks() -> [UInt8] {
        var body: [UInt8] = []
        while let line = read(until: "\r\n"), let size = Int(line.prefix { $0 != "\r\n" }, radix: 16) {
            guard let chunk = read(count: size + 2) else { return body }
            if size == 0 { return body }
            body += chunk.dropLast(2)
        }
        return body
    }

    private func read(until mark: String) -> String? {
        let mark = Array(mark.utf8)
        while true {
            if let range = buffer.firstRange(of: mark) {
                defer { buffer.removeFirst(range.upperBound) }
                return String(decoding: buffer[..<range.upperBound], as: UTF8.self)
            }
            guard fill() else { return nil }
        }
    }

    private func read(count: Int) -> [UInt8]? {
        while buffer.count < count { guard fill() else { return nil } }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    private func fill() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return false }
        buffer += bytes[..<count]
        return true
    }

    /// False once the client has closed.
    @discardableResult
    func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress! + sent, bytes.count - sent, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func chunk(_ text: String) -> Bool { write(String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n") }

    /// A complete response.
    func respond(_ status: String = "200 OK", _ body: String = "", headers: [String] = []) {
        let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers
        write(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }

    /// Waits until the client closes; false when it does not.
    func waitForClose() -> Bool {
        while fill() { buffer.removeAll() }
        return errno != EAGAIN
    }

    /// How much can be written before the client's side takes no more for `milliseconds`.
    func writeUntilStalled(_ bytes: [UInt8], milliseconds: Int32) -> Int {
        var total = 0
        while true {
            var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard Glibc.poll(&poll, 1, milliseconds) > 0 else { return total }
            let count = send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
            if count > 0 { total += count } else if errno != EAGAIN { return total }
        }
    }

    /// Ends the connection with a reset instead of a close.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
}
