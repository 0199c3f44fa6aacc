import Contracts
import Egress
import Reactor

/// What is known of one connection, and what is under way on it.
@ReactorActor
final class OpenAIServer {
    let connection: OpenAIConnection
    private(set) var list = OpenAIModelList()
    private(set) var ids: Set<String> = []
    private(set) var pipelines: Set<String> = []
    /// When it was last asked for its models; nil: never, and what it has is not known.
    private(set) var askedAt: ContinuousClock.Instant?
    /// Why it did not say what it has; nil: it did, or was not asked yet.
    private(set) var failure: String?
    /// The question that is under way.
    var question: Task<Void, Never>?
    var active = 0
    var requests: UInt64 = 0
    var errors: UInt64 = 0

    init(_ connection: OpenAIConnection) { self.connection = connection }

    func has(_ model: String) -> Bool { ids.contains(model) }

    func said(_ new: OpenAIModelList) {
        askedAt = .now
        failure = nil
        take(new)
    }

    /// It refuses to say: what it said before does not hold any more.
    func refused(_ why: String) {
        failed(why)
        take(OpenAIModelList())
    }

    /// It cannot be asked. What it said before is taken to hold: its models do not come and go with its network.
    func failed(_ why: String) {
        askedAt = .now
        failure = why
    }

    /// A request could not even be sent.
    func isUnreachable(_ why: String) { failure = failure ?? why }

    private func take(_ new: OpenAIModelList) {
        guard new != list else { return }
        list = new
        ids = Set(new.models.map(\.id))
        pipelines = Set(new.models.filter(\.isPipeline).map(\.id))
    }

    func isOlder(than age: Duration) -> Bool { askedAt.map { ContinuousClock.now - $0 >= age } ?? true }
}
