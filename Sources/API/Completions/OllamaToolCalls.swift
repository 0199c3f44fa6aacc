import Contracts
import FoundationEssentials
import NIOCore

/// Ollama's tool calls as OpenAI's: arguments are a text there.
enum OllamaToolCalls {
    /// - Parameter first: the index of the first, counted over the whole answer.
    static func converted(_ calls: [JSONSlice], first: Int) -> [String] {
        calls.enumerated().map { offset, call in
            let members = call.members
            let function = members?["function"]?.members
            var target = JSONObjectText()
            target.add("name", function?["name"]?.text ?? "")
            let arguments = function?["arguments"].map { $0.text ?? String(buffer: $0.bytes) } ?? "{}"
            target.add("arguments", arguments)
            var object = JSONObjectText()
            object.add("index", Int64(first + offset))
            let id = members?["id"]?.text ?? ""
            object.add("id", id.isEmpty ? "call_" + randomID() : id)
            object.add("type", "function")
            object.add("function", json: target.text)
            return object.text
        }
    }

    static func randomID() -> String { UUID().uuidString.lowercased().replacing("-", with: "") }
}
