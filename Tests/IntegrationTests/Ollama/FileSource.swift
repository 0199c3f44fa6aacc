import NIOCore
import NIOHTTP1
import NIOPosix

/// A server with model files: what is called `good` comes whole, `broken` breaks off, `nothing` is not there, `inside`
/// and everything below `redirect` are elsewhere.
final class FileSource: Sendable {
    static let size = 3_000_000
    private let channel: any Channel

    private init(_ channel: any Channel) { self.channel = channel }

    static func start() async throws -> FileSource {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(FileSourceHandler())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return FileSource(channel)
    }

    var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }

    func stop() async { try? await channel.close().get() }
}

private final class FileSourceHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data) else { return }
        let path = head.uri
        if path.contains("/redirect/") {
            redirect(context, to: path.replacing("/redirect/", with: "/"))
        } else if path.contains("inside") {
            // No host that the setting allows.
            redirect(context, to: "http://[::1]:1/x.gguf")
        } else if path.contains("nothing") {
            send(context, .notFound, [:], nil)
        } else {
            let isBroken = path.contains("broken")
            let count = isBroken ? FileSource.size / 2 : FileSource.size
            let bytes = ByteBuffer(repeating: 0x67, count: count)
            send(context, .ok, ["content-length": "\(FileSource.size)"], bytes, isBroken: isBroken)
        }
    }

    private func redirect(_ context: ChannelHandlerContext, to location: String) {
        send(context, .found, ["location": location, "content-length": "0"], nil)
    }

    private func send(
        _ context: ChannelHandlerContext, _ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ body: ByteBuffer?,
        isBroken: Bool = false
    ) {
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if let body { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        if isBroken {
            context.flush()
            context.close(promise: nil)
        } else {
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
