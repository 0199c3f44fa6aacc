import CLinux

/// What a descriptor is waited for.
public struct Interest: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let readable = Interest(rawValue: EPOLLIN.rawValue)
    public static let writable = Interest(rawValue: EPOLLOUT.rawValue)
    /// The peer has closed its writing side (or everything).
    public static let peerClosed = Interest(rawValue: EPOLLRDHUP.rawValue)
}

/// What a descriptor is ready for. Errors and hang-ups are always reported, asked for or not.
public struct Readiness: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let readable = Readiness(rawValue: EPOLLIN.rawValue)
    public static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
    public static let peerClosed = Readiness(rawValue: EPOLLRDHUP.rawValue)
    public static let hangUp = Readiness(rawValue: EPOLLHUP.rawValue)
    public static let error = Readiness(rawValue: EPOLLERR.rawValue)
}
