/// How a stand-in Ollama server behaves: what it has, how fast it answers, and what goes wrong.
public struct StubScript: Sendable {
    public struct Model: Sendable, Equatable {
        public var name: String
        /// Hexadecimal; what `/api/tags` gives as the digest.
        public var digest: String
        /// In memory from the start, so that `/api/ps` lists it.
        public var isLoaded: Bool

        public init(name: String, digest: String = String(repeating: "5", count: 64), isLoaded: Bool = false) {
            self.name = name
            self.digest = digest
            self.isLoaded = isLoaded
        }
    }

    public var models: [Model]
    public var version = "0.12.3"
    /// Tokens of an answer; a request's `x-chunks` header says otherwise.
    public var tokenCount = 16
    /// Before the first token: what loading a model and reading the prompt take.
    public var firstTokenDelay: Duration = .zero
    /// Between two tokens; zero: as fast as the reader takes them.
    public var tokenDelay: Duration = .zero
    /// What its counters say of making one token, whatever it really took.
    public var countedTokenTime: Duration = .milliseconds(10)
    /// Answers that run at a time (OLLAMA_NUM_PARALLEL); others wait without bound. nil: all run.
    public var slots: Int?
    /// Pulls fail with this.
    public var pullError: String?
    public var framing = StubFraming.lineAWrite
    /// What goes wrong with chat, generate and completions; everything else works.
    public var fault: StubFault?
    /// Before any answer to any other request.
    public var documentDelay: Duration = .zero
    /// How long nothing is read of a blob after its head.
    public var blobDelay: Duration = .zero

    public init(models: [Model] = [Model(name: "stub:1b")]) { self.models = models }
}

/// How lines are spread over writes.
public enum StubFraming: Sendable, Equatable {
    case lineAWrite
    /// So many lines at once.
    case linesAWrite(Int)
    /// Each line in so many writes.
    case splitLines(pieces: Int)
}

/// What goes wrong.
public enum StubFault: Sendable, Equatable {
    /// The connection is closed without an answer.
    case refuse
    /// Nothing ever comes.
    case hang
    /// 503, as Ollama answers when its queue is full.
    case busy
    case status(Int, body: String)
    /// The connection is closed in the middle of the answer.
    case cutAfterTokens(Int)
    /// The answer ends in good form, but without its last line.
    case endAfterTokens(Int)
    /// Silence after so many tokens.
    case hangAfterTokens(Int)
    /// A line that is no JSON after so many tokens, then the rest.
    case malformedAfterTokens(Int)
}
