import Contracts
import Link
import Logging

extension BackendTable {
    /// `ollama.strategy`. What is set here holds until the setting changes or the process is replaced.
    func strategy(_ request: OllamaStrategyRequest) throws(LinkError) -> OllamaStrategyReply {
        if request.hasStrategy {
            guard let strategy = Balancer.Strategy(rawValue: request.strategy) else {
                throw LinkError(.invalidArgument, "there is no such strategy; there are: \(Self.strategyNames)")
            }
            if balancer.strategy != strategy {
                logger.notice("strategy changed", metadata: ["strategy": "\(strategy.rawValue)"])
            }
            balancer.strategy = strategy
        }
        var reply = OllamaStrategyReply()
        reply.strategy = strategyName
        reply.available = Balancer.Strategy.allCases.map(\.rawValue).sorted()
        reply.configured = settings.text("OLLAMA_LB_STRATEGY")
        reply.source = settings.values["OLLAMA_LB_STRATEGY"]?.source ?? "default"
        return reply
    }

    private static var strategyNames: String { Balancer.Strategy.allCases.map(\.rawValue).joined(separator: ", ") }
}
