import ArgumentParser
import Glibc
import NIOCore
import OllamaStub

/// `ollama-stub`: stand-in Ollama servers, for the demo and for trying things by hand.
@main
struct OllamaStubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ollama-stub", abstract: "Serve as an Ollama server that makes up its answers.",
        discussion: "Prints its address, and serves until it is stopped.")

    @Option(help: "Address to listen on.")
    var host = "127.0.0.1"
    @Option(help: "Port to listen on; 0: any free one.")
    var port = 11434
    @Option(help: "Models, separated by commas.")
    var models = "stub:1b"
    @Option(help: "Tokens of an answer.")
    var tokens = 32
    @Option(help: "Milliseconds before the first token.")
    var firstTokenDelay = 200
    @Option(help: "Milliseconds between two tokens.")
    var tokenDelay = 30
    @Option(help: "What goes wrong with answers: refuse, hang, busy, cut, end, stall or malformed.")
    var fault: String?

    func run() async throws {
        var script = StubScript(models: models.split(separator: ",").map { StubScript.Model(name: String($0)) })
        script.tokenCount = tokens
        script.firstTokenDelay = .milliseconds(firstTokenDelay)
        script.tokenDelay = .milliseconds(tokenDelay)
        script.fault = try fault.map(named)
        let stub = try await OllamaStub.start(script: script, host: host, port: port)
        print("listening on http://\(host):\(stub.port)")
        fflush(nil)
        try await stub.stopped()
    }

    private func named(_ text: String) throws -> StubFault {
        switch text {
        case "refuse": .refuse
        case "hang": .hang
        case "busy": .busy
        case "cut": .cutAfterTokens(tokens / 2)
        case "end": .endAfterTokens(tokens / 2)
        case "stall": .hangAfterTokens(tokens / 2)
        case "malformed": .malformedAfterTokens(tokens / 2)
        default: throw ValidationError("there is no fault \(text)")
        }
    }
}
