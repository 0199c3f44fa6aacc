import Contracts
import NIOCore
import Reactor
import SwiftProtobuf

/// Who asks, and for how long: what a call's implementation may look at besides its message.
public struct CallContext: Sendable {
    public var requestID: String
    public var principal: WirePrincipal?
    public var peer: PeerCredentials?
}

/// Dispatches the streams of a socket by their method; each is registered once, before the socket is served.
@ReactorActor
public final class LinkRouter: LinkService {
    public typealias StreamHandler = @ReactorActor (LinkStream) -> Void
    private var routes: [String: StreamHandler] = [:]
    /// Calls that are being answered.
    public private(set) var inFlight = 0

    public init() {}

    /// A streaming method: the handler gets the stream and sets its own `LinkStreamHandler`.
    public func stream(_ name: String, _ handler: @escaping StreamHandler) { routes[name] = handler }

    /// A unary method. Cancelled when the caller gives up. An error that is no `LinkError` is reported as internal.
    public func unary<Request: Message, Reply: Message>(
        _ method: Method<Request, Reply>,
        _ body: @escaping @ReactorActor (Request, CallContext) async throws -> Reply
    ) {
        routes[method.name] = { [weak self] stream in
            guard let request = try? Request(serializedBytes: stream.open.message) else {
                return stream.end(.failure(.invalidArgument, "\(method.name): the message is not a request of it"))
            }
            let context = CallContext(
                requestID: stream.open.requestID,
                principal: stream.open.hasPrincipal ? stream.open.principal : nil, peer: stream.peer)
            self?.inFlight += 1
            let task = Task { @ReactorActor in
                let end: WireEnd
                do {
                    end = try Self.reply(try await body(request, context), on: stream)
                } catch let error as LinkError {
                    end = .failure(error.code, error.text)
                } catch {
                    end = .failure(.internal, "\(error)")
                }
                stream.end(end)
                self?.inFlight -= 1
            }
            stream.handler = CancelOnReset(task)
        }
    }

    /// A reply that would fill a frame goes as DATA, and END is without a message.
    private static func reply(_ message: some Message, on stream: LinkStream) throws -> WireEnd {
        let bytes: [UInt8] = try message.serializedBytes()
        guard bytes.count > LinkProtocol.longestReplyInEnd else {
            var end = WireEnd()
            end.message = .init(bytes)
            return end
        }
        bytes.withUnsafeBytes { _ = stream.send(bytes: $0) }
        return WireEnd()
    }

    public func opened(_ stream: LinkStream) {
        guard let route = routes[stream.open.method] else {
            let known = routes.keys.sorted().joined(separator: ", ")
            return stream.end(.failure(.unimplemented, "no method \"\(stream.open.method)\" here; there are: \(known)"))
        }
        route(stream)
    }
}

/// Ends the task of a unary call when the caller is gone.
@ReactorActor
private final class CancelOnReset: LinkStreamHandler {
    private let task: Task<Void, Never>

    init(_ task: Task<Void, Never>) { self.task = task }

    func linkReset(_ error: LinkError, on stream: LinkStream) { task.cancel() }
}

extension WireEnd {
    public static func success(_ message: some Message) throws(LinkError) -> WireEnd {
        var end = WireEnd()
        end.message = .init(try Session<LinkStream>.encode(message))
        return end
    }

    public static func failure(_ code: WireCode, _ text: String) -> WireEnd {
        var end = WireEnd()
        end.code = code
        end.text = text
        return end
    }
}
