import Egress

/// What of a server's answer head its clients get: nothing that acts on this server's own origin or tells whose account
/// is used.
enum OpenAIAnswerHead {
    private static let kept: Set<String> = [
        "content-type", "content-encoding", "content-disposition", "content-language", "cache-control", "retry-after",
        "openai-processing-ms", "openai-version", "openai-model", "x-accel-buffering",
    ]

    static func passed(_ head: ResponseHead) -> ResponseHead {
        ResponseHead(
            status: head.status,
            headers: head.headers.filter { name, _ in
                let name = name.lowercased()
                return kept.contains(name) || name.hasPrefix("x-ratelimit-")
            })
    }

    /// The body of a refusal is written anew.
    static func ofRefusal(_ head: ResponseHead) -> [(String, String)] {
        passed(head).headers.filter { !["content-type", "content-encoding"].contains($0.0.lowercased()) }
            + [("content-type", "application/json")]
    }
}
