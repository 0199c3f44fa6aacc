/// What a stand-in has seen.
public struct StubFigures: Sendable, Equatable {
    public var requestsByPath: [String: Int] = [:]
    /// Answers under way.
    public var activeStreams = 0
    /// Answers that were given to their end.
    public var completedStreams = 0
    /// Answers whose client left before their end.
    public var cancelledStreams = 0
    /// Headers of the last request, names in lower case.
    public var lastHeaders: [String: String] = [:]
    /// Of the last request that had one.
    public var lastBody = ""
    /// The last body of each path.
    public var bodies: [String: String] = [:]
    /// Bytes of blobs that have come so far.
    public var blobBytes = 0
}
