import Contracts
import HTTPFront
import NIOCore
import NIOHTTP1

/// Ollama's whole answer to `/api/chat` as a chat completion.
final class OllamaChatDocument: WholeAnswer {
    private let identity: OllamaChatStream.Identity

    init(_ identity: OllamaChatStream.Identity) { self.identity = identity }

    override func converted(_ body: ByteBuffer, _ headers: HTTPHeaders) -> HTTPResponse {
        guard let members = (try? JSONSlice(document: body))?.members, let message = members["message"]?.members else {
            return CompletionError(status: .badGateway, message: "the model's server sent no answer").response
        }
        if members["error"]?.isNull == false {
            return CompletionError(status: .badGateway, upstream: body, headers: headers).response
        }
        var response = HTTPResponse(json: completion(members, message))
        response.headers.add(contentsOf: PassedHeaders.of(headers))
        return response
    }

    private func completion(_ members: JSONSlices, _ message: JSONSlices) -> ByteBuffer {
        let calls = OllamaToolCalls.converted(message["tool_calls"]?.elements ?? [], first: 0)
        var own = JSONWriter(capacity: 1024)
        own.add("role", "assistant")
        if let content = message["content"], content.isText {
            own.add("content", content)
        } else {
            own.add("content", json: "null")
        }
        if let thinking = message["thinking"], thinking.text?.isEmpty == false {
            own.add("reasoning_content", thinking)
        }
        if !calls.isEmpty { own.add("tool_calls", json: JSONText.array(calls)) }
        var choice = JSONWriter(capacity: 1024)
        choice.add("index", json: "0")
        choice.add("message", bytes: own.finish())
        choice.add("logprobs", json: "null")
        choice.add(
            "finish_reason",
            calls.isEmpty ? OllamaChatStream.reason(members["done_reason"]?.text) : "tool_calls")
        var completion = JSONWriter(capacity: 2048)
        completion.add("id", identity.id)
        completion.add("object", "chat.completion")
        completion.add("created", json: "\(identity.created)")
        completion.add("model", identity.model)
        completion.add("choices", bytes: JSONWriter.array([choice.finish()]))
        completion.add("usage", json: OllamaUsage(members).json)
        return completion.finish()
    }
}
