import CCurl
import Contracts
import Glibc
import Reactor

// What libcurl calls. All of it happens on the loop's thread, inside a call that `HTTPClient` made to libcurl; the
// pointers were given to libcurl by `EasyHandle.prepare` and `HTTPClient.init`, and outlive the transfer.

private func owner<Owner: AnyObject>(_ pointer: UnsafeMutableRawPointer, _ type: Owner.Type) -> Owner {
    Unmanaged<Owner>.fromOpaque(pointer).takeUnretainedValue()
}

func curlWrite(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ pointer: UnsafeMutableRawPointer?
) -> Int {
    guard let pointer, let bytes else { return 0 }
    return Isolation.body(owner(pointer, Exchange.self), UnsafeRawBufferPointer(start: bytes, count: size * count))
}

func curlHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ pointer: UnsafeMutableRawPointer?
) -> Int {
    guard let pointer, let bytes else { return 0 }
    return Isolation.header(owner(pointer, Exchange.self), UnsafeRawBufferPointer(start: bytes, count: size * count))
}

func curlRead(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ pointer: UnsafeMutableRawPointer?
) -> Int {
    guard let pointer, let bytes else { return Int(CURL_READFUNC_ABORT) }
    let room = UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
    return Isolation.upload(owner(pointer, Exchange.self), room)
}

func curlSocket(
    _ easy: UnsafeMutableRawPointer?, _ socket: curl_socket_t, _ what: CInt, _ pointer: UnsafeMutableRawPointer?,
    _ socketData: UnsafeMutableRawPointer?
) -> CInt {
    guard let pointer else { return 0 }
    Isolation.socket(owner(pointer, HTTPClient.self), socket, what)
    return 0
}

func curlTimer(_ multi: UnsafeMutableRawPointer?, _ milliseconds: Int, _ pointer: UnsafeMutableRawPointer?) -> CInt {
    guard let pointer else { return 0 }
    Isolation.timer(owner(pointer, HTTPClient.self), milliseconds)
    return 0
}

func curlOpenSocket(
    _ pointer: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let pointer, let address else { return -1 }
    let exchange = owner(pointer, Exchange.self)
    let wanted = address.pointee
    let bytes = UnsafeRawBufferPointer(
        start: UnsafeRawPointer(address) + (MemoryLayout<curl_sockaddr>.offset(of: \.addr) ?? 0),
        count: Int(wanted.addrlen))
    guard Isolation.allowed(exchange, IPAddress(socketAddress: bytes, family: wanted.family)) else { return -1 }
    let descriptor = socket(wanted.family, wanted.socktype | CInt(SOCK_CLOEXEC.rawValue), wanted.protocol)
    if descriptor >= 0 { Isolation.opened(exchange, descriptor) }
    return descriptor
}

func curlCloseSocket(_ pointer: UnsafeMutableRawPointer?, _ descriptor: curl_socket_t) -> CInt {
    if let pointer { Isolation.closing(owner(pointer, HTTPClient.self), descriptor) }
    return close(descriptor)
}

/// The isolated methods, seen from libcurl's callbacks. The same as `ReactorActor.assumeIsolated`, which makes a closure
/// a call; these are made once. `nonisolated(unsafe)`: never changed, and called only on the loop's thread.
private enum Isolation {
    nonisolated(unsafe) static let body = reader { $0.takeBody($1) }
    nonisolated(unsafe) static let header = reader { $0.takeHeader($1) }
    nonisolated(unsafe) static let upload = writer { $0.pullUpload(into: $1) }
    nonisolated(unsafe) static let closing = change { $0.socketClosing($1) }

    static func allowed(_ exchange: Exchange, _ address: IPAddress?) -> Bool {
        ReactorActor.assumeIsolated { exchange.mayConnect(to: address) }
    }

    static func opened(_ exchange: Exchange, _ descriptor: CInt) {
        ReactorActor.assumeIsolated { exchange.client?.socketOpened(descriptor) }
    }

    static func socket(_ client: HTTPClient, _ descriptor: CInt, _ what: CInt) {
        ReactorActor.assumeIsolated { client.socketChanged(descriptor, what) }
    }

    static func timer(_ client: HTTPClient, _ milliseconds: Int) {
        ReactorActor.assumeIsolated { client.timerChanged(milliseconds) }
    }

    private static func reader(
        _ method: @escaping @ReactorActor (Exchange, UnsafeRawBufferPointer) -> Int
    ) -> (Exchange, UnsafeRawBufferPointer) -> Int {
        unsafeBitCast(method, to: ((Exchange, UnsafeRawBufferPointer) -> Int).self)
    }

    private static func writer(
        _ method: @escaping @ReactorActor (Exchange, UnsafeMutableRawBufferPointer) -> Int
    ) -> (Exchange, UnsafeMutableRawBufferPointer) -> Int {
        unsafeBitCast(method, to: ((Exchange, UnsafeMutableRawBufferPointer) -> Int).self)
    }

    private static func change(
        _ method: @escaping @ReactorActor (HTTPClient, CInt) -> Void
    ) -> (HTTPClient, CInt) -> Void {
        unsafeBitCast(method, to: ((HTTPClient, CInt) -> Void).self)
    }
}
