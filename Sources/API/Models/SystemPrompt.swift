import Contracts
import NIOCore

/// A system prompt and the messages of a chat.
enum SystemPrompt {
    /// The messages with `prompt` before all others: in front of the system message that they begin with, else as one
    /// of its own. All but that one stay the bytes that they were.
    static func adding(_ prompt: String, to messages: [JSONSlice]) -> [ByteBuffer] {
        if let first = messages.first, first.members?["role"]?.text == "system",
            let changed = changing(first, { "\(prompt)\n\($0)" })
        {
            return [changed] + messages.dropFirst().map(\.bytes)
        }
        var writer = JSONWriter()
        writer.add("role", "system")
        writer.add("content", prompt)
        return [writer.finish()] + messages.map(\.bytes)
    }

    /// The messages with the variables in system messages filled in.
    static func filling(_ messages: [JSONSlice], with variables: PromptVariables) -> [ByteBuffer] {
        messages.map { message in
            guard isTemplate(message) else { return message.bytes }
            return changing(message) { variables.filled($0) } ?? message.bytes
        }
    }

    /// A system message that may have variables in it.
    static func isTemplate(_ message: JSONSlice) -> Bool {
        guard let members = message.members, members["role"]?.text == "system" else { return false }
        return members["content"]?.bytes.readableBytesView.contains(UInt8(ascii: "{")) == true
    }

    /// Changes the texts of a message; nil: it has none.
    private static func changing(_ message: JSONSlice, _ change: (String) -> String) -> ByteBuffer? {
        guard case .object(var members)? = message.value else { return nil }
        switch members["content"] {
        case .string(let text): members["content"] = .string(change(text))
        case .array(let parts):
            members["content"] = .array(
                parts.map { part in
                    guard case .object(var part) = part, let text = part["text"]?.text else { return part }
                    part["text"] = .string(change(text))
                    return .object(part)
                })
        default: return nil
        }
        return ByteBuffer(string: JSONValue.object(members).encoded)
    }
}
