import ArgumentParser
import FoundationEssentials
import OllamaLBProxy

/// `martlet lb …`: about the balancing of Ollama servers. Needs no running service.
struct LoadBalancing: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lb", abstract: "Try out how Ollama servers are balanced.", subcommands: [Simulate.self])
}

struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Replay a load against made-up servers with each strategy, in virtual time.",
        discussion: """
            The balancer's own code decides; only servers and time are made up. A recorded load is a file of JSON lines:
            {"at": seconds, "user": …, "class": "interactive" | "embedding" | "job", "model": …, "prompt_tokens": …,
            "tokens": …}; all but "at" may be left out.
            """)

    @Option(help: "Servers, as TOKENS_PER_SECONDxSLOTS[@DOWN-UP], separated by commas.")
    var backends = "100x4,60x2,15x1"
    @Option(help: "Requests of a made-up load.")
    var requests = 3000
    @Option(help: "Requests in a second; 0: four fifths of what the servers can do.")
    var rate = 0.0
    @Option(help: "Users of a made-up load.")
    var users = 20
    @Option(help: "Models of a made-up load.")
    var models = 1
    @Option(help: "The same seed makes up the same load.")
    var seed: UInt64 = 1
    @Option(help: "A recorded load, instead of a made-up one.")
    var load: String?
    @Option(help: "Most requests at a time on one server; 0: learnt, as OLLAMA_MAX_IN_FLIGHT.")
    var maxInFlight = 0
    @Option(help: "Most requests that wait.")
    var queueLimit = 2048
    @Flag(help: "Print JSON, for programs.")
    var json = false

    func run() throws {
        let fleet = try backends.split(separator: ",").map { text in
            guard let server = SimulatedServer(String(text)) else { throw ValidationError("\(text) is no server") }
            return server
        }
        guard !fleet.isEmpty, requests > 0, users > 0, (1...100).contains(models), rate >= 0, maxInFlight >= 0,
            queueLimit >= 0
        else { throw ValidationError("servers, requests, users and models have to be at least one") }
        var options = Simulation.Options()
        options.maxInFlight = maxInFlight
        options.queueLimit = queueLimit
        let reports = Simulation.compare(try replayed(fleet), fleet, options: options)
        guard json else { return print(Self.table(reports), terminator: "") }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        print(String(decoding: try encoder.encode(reports), as: UTF8.self))
    }

    private func replayed(_ fleet: [SimulatedServer]) throws -> SimulatedLoad {
        guard let load else {
            // An answer has 170 tokens on average, a prompt 320 that are read ten times as fast.
            let capacity = fleet.map { $0.tokensPerSecond * Double($0.slots) / 202 }.reduce(0, +)
            return SimulatedLoad(
                seed: seed, count: requests, rate: rate > 0 ? rate : capacity * 0.8, users: users,
                models: (1...models).map { "model\($0):1b" })
        }
        let text = try String(contentsOfFile: load, encoding: .utf8)
        guard let recorded = SimulatedLoad(recorded: text) else {
            throw ValidationError("\(load) is no recorded load")
        }
        return recorded
    }

    private static func table(_ reports: [SimulationReport]) -> String {
        let times = { (times: SimulationReport.Times) in
            "\(Self.text(times.mean)) / \(Self.text(times.p50)) / \(Self.text(times.p95)) / \(Self.text(times.max))"
        }
        let rows = reports.map { report in
            [
                report.strategy, "\(report.answered)/\(report.requests)", "\(report.retried)", times(report.waited),
                times(report.firstToken), Self.text(report.unfairness),
                report.served.map(String.init).joined(separator: " "),
                report.slots.map(String.init).joined(separator: " "),
            ]
        }
        var text = TextTable.render(
            ["STRATEGY", "ANSWERED", "RETRIED", "WAITED s", "FIRST TOKEN s", "UNFAIR", "SERVED", "SLOTS"], rows)
        text += "waited and first token: mean / median / 95 % / longest\n"
        for report in reports {
            let errors = report.errors.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            if !errors.isEmpty { text += "\(report.strategy): \(errors.joined(separator: ", "))\n" }
        }
        return text
    }

    private static func text(_ number: Double) -> String {
        let hundredths = Int((number * 100).rounded())
        return "\(hundredths / 100)." + (hundredths % 100 < 10 ? "0" : "") + "\(hundredths % 100)"
    }
}
