import Contracts
import NIOCore

/// A chat's messages in OpenAI's form, as Ollama takes them: texts in one piece, images as base64, arguments of tool
/// calls as objects. Texts and images stay the bytes they were.
struct ChatMessages {
    /// The functions that were called, by the call's id: Ollama wants a result to name its tool.
    private var calledTools: [String: String] = [:]

    static func converted(_ messages: [JSONSlice]) throws(CompletionError) -> ByteBuffer {
        var this = ChatMessages()
        var converted: [ByteBuffer] = []
        converted.reserveCapacity(messages.count)
        for (index, message) in messages.enumerated() {
            converted.append(try this.convert(message, "messages[\(index)]"))
        }
        return JSONWriter.array(converted)
    }

    private mutating func convert(_ message: JSONSlice, _ place: String) throws(CompletionError) -> ByteBuffer {
        guard let members = message.members, let role = members["role"]?.text else {
            throw .invalid("A message must be an object with a role.", param: place)
        }
        var writer = JSONWriter(capacity: message.bytes.readableBytes + 32)
        writer.add("role", Self.roles[role] ?? role)
        try Self.addContent(members["content"], to: &writer, "\(place).content")
        if let thinking = members["reasoning_content"] ?? members["reasoning"] ?? members["thinking"], thinking.isText {
            writer.add("thinking", thinking)
        }
        if let images = members["images"], images.isArray { writer.add("images", images) }
        if let calls = members["tool_calls"], !calls.isNull {
            guard let elements = calls.elements else {
                throw .invalid("tool_calls must be a list.", param: "\(place).tool_calls")
            }
            if !elements.isEmpty { writer.add("tool_calls", bytes: try toolCalls(elements, "\(place).tool_calls")) }
        }
        if role == "tool" || role == "function" { addTool(members, to: &writer) }
        return writer.finish()
    }

    private static let roles = ["developer": "system", "function": "tool"]

    // MARK: Content

    private static func addContent(
        _ content: JSONSlice?, to writer: inout JSONWriter, _ place: String
    ) throws(CompletionError) {
        guard let content, !content.isNull else { return writer.add("content", "") }
        if content.isText { return writer.add("content", content) }
        guard let parts = content.elements else {
            throw .invalid("Content must be a text or a list of parts.", param: place)
        }
        var text = ""
        var images: [ByteBuffer] = []
        for (index, part) in parts.enumerated() {
            let members = part.members
            switch members?["type"]?.text {
            case "text", "input_text", "output_text": text += members?["text"]?.text ?? ""
            case "refusal": text += members?["refusal"]?.text ?? ""
            case "image_url", "input_image":
                let value = members?["image_url"]
                guard let url = value?.members?["url"] ?? value, url.isText else {
                    throw .invalid("An image must have a URL.", param: "\(place)[\(index)]")
                }
                images.append(try image(url, "\(place)[\(index)].image_url"))
            case let type:
                throw .invalid(
                    "The model takes no content of the type \(type ?? "null").", param: "\(place)[\(index)].type")
            }
        }
        writer.add("content", text)
        if !images.isEmpty { writer.add("images", bytes: JSONWriter.array(images)) }
    }

    /// The base64 of `data:image/png;base64,…`, as a JSON text.
    private static func image(_ url: JSONSlice, _ place: String) throws(CompletionError) -> ByteBuffer {
        let view = url.bytes.readableBytesView.dropFirst().dropLast()
        let isEscaped = view.contains(UInt8(ascii: "\\"))
        // A program that escapes every `/`.
        let source = isEscaped ? ByteBuffer(string: JSONText.quoted(url.text ?? "")) : url.bytes
        let bytes = source.readableBytesView.dropFirst().dropLast()
        if bytes.starts(with: "http://".utf8) || bytes.starts(with: "https://".utf8) {
            throw .invalid(
                "Images by address are not fetched for this model: send them as data URLs (data:image/png;base64,…).",
                param: place)
        }
        var payload = bytes
        if bytes.starts(with: "data:".utf8) {
            guard let comma = bytes.firstIndex(of: UInt8(ascii: ",")), bytes[..<comma].hasSuffix(";base64") else {
                throw .invalid("The image is no data URL with base64.", param: place)
            }
            payload = bytes[bytes.index(after: comma)...]
        }
        guard !payload.isEmpty, payload.allSatisfy(isBase64) else {
            throw .invalid("The image is no base64.", param: place)
        }
        var text = ByteBufferAllocator().buffer(capacity: payload.count + 2)
        text.writeInteger(UInt8(ascii: "\""))
        text.writeBytes(payload)
        text.writeInteger(UInt8(ascii: "\""))
        return text
    }

    private static func isBase64(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
            true
        default: false
        }
    }

    // MARK: Tools

    private mutating func toolCalls(_ calls: [JSONSlice], _ place: String) throws(CompletionError) -> ByteBuffer {
        var converted: [ByteBuffer] = []
        for (index, call) in calls.enumerated() {
            guard let members = call.members, let function = members["function"]?.members,
                let name = function["name"]?.text
            else { throw .invalid("A tool call must have a function with a name.", param: "\(place)[\(index)]") }
            if let id = members["id"]?.text { calledTools[id] = name }
            var target = JSONWriter()
            target.add("name", name)
            target.add(
                "arguments", bytes: try Self.arguments(function["arguments"], "\(place)[\(index)].function.arguments"))
            var writer = JSONWriter()
            if let id = members["id"], id.isText { writer.add("id", id) }
            writer.add("function", bytes: target.finish())
            converted.append(writer.finish())
        }
        return JSONWriter.array(converted)
    }

    /// A text that holds an object, or the object itself.
    private static func arguments(_ slice: JSONSlice?, _ place: String) throws(CompletionError) -> ByteBuffer {
        guard let slice, !slice.isNull else { return ByteBuffer(string: "{}") }
        if slice.isObject { return slice.bytes }
        let text = slice.text ?? ""
        if text.allSatisfy(\.isWhitespace) { return ByteBuffer(string: "{}") }
        guard let value = try? JSONValue(json: text.utf8), value.isObject else {
            throw .invalid("The arguments of a tool call must be a JSON object in a text.", param: place)
        }
        // Checked as a whole, so that it cannot break the document that it is put into.
        return ByteBuffer(string: text)
    }

    private func addTool(_ members: JSONSlices, to writer: inout JSONWriter) {
        let id = members["tool_call_id"]?.text
        if let id { writer.add("tool_call_id", id) }
        if let name = members["name"]?.text ?? members["tool_name"]?.text ?? id.flatMap({ calledTools[$0] }) {
            writer.add("tool_name", name)
        }
    }
}

extension Collection<UInt8> {
    fileprivate func hasSuffix(_ text: StaticString) -> Bool {
        let suffix = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        return self.suffix(suffix.count).elementsEqual(suffix)
    }
}
