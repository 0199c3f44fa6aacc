/// Why bytes are not frames. Each ends the connection: after it, nothing that follows can be trusted.
public enum FrameError: Error, Equatable, Sendable {
    /// `length` is above 1 MiB. Found before anything is allocated for it.
    case tooLong(length: UInt32)
    /// `length` is below 6: it cannot hold type, flags and stream.
    case tooShort(length: UInt32)
    case unknownType(UInt8)
    /// A type of the connection on a stream, or the other way round.
    case wrongStream(type: FrameType, stream: UInt32)

    public var text: String {
        switch self {
        case .tooLong(let length): "frame of \(length) bytes; \(Frame.maximumLength) at most"
        case .tooShort(let length): "frame length \(length); 6 at least"
        case .unknownType(let type): "unknown frame type \(type)"
        case .wrongStream(let type, let stream): "\(type) on stream \(stream)"
        }
    }
}
