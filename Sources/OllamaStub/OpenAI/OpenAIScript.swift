/// How a stand-in server with OpenAI's API behaves.
public struct OpenAIScript: Sendable {
    public var models: [String]
    /// The key that it asks for; nil: any, or none.
    public var key: String?
    public var tokenCount = 8
    public var firstTokenDelay: Duration = .zero
    /// Between two tokens; zero: as fast as the reader takes them.
    public var tokenDelay: Duration = .zero
    /// Streams end with the counts of tokens, asked for or not.
    public var alwaysSaysUsage = false
    /// What goes wrong where models work; the list of models works.
    public var fault: OpenAIFault?
    /// What goes wrong with the list of models.
    public var listFault: OpenAIFault?
    /// The answer to the question for models, in place of the usual one.
    public var list: String?

    public init(models: [String] = ["stub-gpt"]) { self.models = models }
}

/// What goes wrong.
public enum OpenAIFault: Sendable, Equatable {
    /// The connection is closed without an answer.
    case refuse
    /// Nothing ever comes.
    case hang
    case status(Int, body: String, type: String = "application/json")
    /// 200 without a body.
    case empty
    case redirect(to: String)
    /// The connection is closed in the middle of the answer.
    case cutAfterTokens(Int)
    /// The answer ends in good form, but without its last events.
    case endAfterTokens(Int)
    /// Silence after so many tokens.
    case hangAfterTokens(Int)
}

/// What a stand-in has seen.
public struct OpenAIFigures: Sendable, Equatable {
    public struct Request: Sendable, Equatable {
        public var method: String
        /// Path and query as they came.
        public var target: String
        /// Names in lower case.
        public var headers: [String: String]
        public var body: String
    }

    public var requests: [Request] = []
    public var activeStreams = 0
    public var completedStreams = 0
    public var cancelledStreams = 0

    public func count(_ target: String) -> Int { requests.count { $0.target == target } }
    /// The last one that was not about the list of models.
    public var last: Request? { requests.last { !$0.target.contains("/models") } }
}
