import Contracts

extension KnownDifference {
    static let openAI: [KnownDifference] = [
        .init(
            "GET", "/openai/models/7", by: ["admin", "user"], 500, to: 404, "a number out of range is no error of ours"),
        .init(
            "POST", "/openai/verify", by: ["admin"], 500, to: 502, "a server that does not answer is no error of ours"),
        .init(
            "POST", "/openai/audio/speech", by: ["admin"], 500, to: 200,
            "any server with OpenAI's API may speak, not OpenAI's own alone", answer: .string("audio/mpeg")),
    ]
}
