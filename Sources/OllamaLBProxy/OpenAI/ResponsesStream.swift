import Contracts

/// A stream of `/responses` as one of chat completions, event by event. A value without I/O: bytes in, bytes out.
struct ResponsesStream: Sendable {
    /// An event that is longer is no delta; then the stream is given up.
    static let eventLimit = 8 << 20

    private let includesUsage: Bool
    private var pending: [UInt8] = []
    private var frame = ResponsesAnswer.frame(JSONMembers(), object: "chat.completion.chunk")
    private var isBegun = false
    private var calls: [String: Int] = [:]
    /// The end was written, or an error in its place.
    private(set) var isOver = false
    private(set) var isTooLong = false

    /// - Parameter includesUsage: the client asked for the counts (`stream_options`).
    init(includesUsage: Bool) { self.includesUsage = includesUsage }

    /// What these bytes become; often nothing.
    mutating func add(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var result: [UInt8] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                if byte != UInt8(ascii: "\r") { pending.append(byte) }
                continue
            }
            if pending.starts(with: "data:".utf8), !isOver { result += event(pending.dropFirst(5)) }
            pending.removeAll(keepingCapacity: true)
        }
        if pending.count > Self.eventLimit { isTooLong = true }
        return result
    }

    private mutating func event(_ data: ArraySlice<UInt8>) -> [UInt8] {
        guard let event = try? JSONMembers(data), let type = event.text("type") else { return [] }
        switch type {
        case "response.created":
            if let response = event["response"].flatMap({ try? JSONMembers($0) }) {
                frame = ResponsesAnswer.frame(response, object: "chat.completion.chunk")
            }
            return []
        case "response.output_text.delta", "response.refusal.delta": return delta("content", event["delta"])
        case "response.reasoning_text.delta", "response.reasoning_summary_text.delta":
            return delta("reasoning_content", event["delta"])
        case "response.output_item.added": return added(event)
        case "response.function_call_arguments.delta": return arguments(event)
        case "response.completed", "response.incomplete": return completed(event)
        case "response.failed", "error": return failed(event)
        default: return []
        }
    }

    // MARK: Deltas

    private mutating func delta(_ name: String, _ text: JSONMembers.Text?) -> [UInt8] {
        guard let text else { return [] }
        var delta = JSONMembers()
        delta[name] = text
        return chunk(delta)
    }

    private mutating func added(_ event: JSONMembers) -> [UInt8] {
        guard let item = event["item"].flatMap({ try? JSONMembers($0) }), item.text("type") == "function_call" else {
            return []
        }
        let index = calls.count
        calls[item.text("id") ?? String(index)] = index
        var delta = JSONMembers()
        delta["tool_calls"] = JSONMembers.array([ResponsesAnswer.call(item, index: index).encoded[...]])[...]
        return chunk(delta)
    }

    private mutating func arguments(_ event: JSONMembers) -> [UInt8] {
        guard let index = event.text("item_id").flatMap({ calls[$0] }), let text = event["delta"] else { return [] }
        var function = JSONMembers()
        function["arguments"] = text
        var call = JSONMembers()
        call.set("index", json: String(index))
        call["function"] = function.encoded[...]
        var delta = JSONMembers()
        delta["tool_calls"] = JSONMembers.array([call.encoded[...]])[...]
        return chunk(delta)
    }

    private mutating func chunk(_ delta: JSONMembers, finish: String? = nil) -> [UInt8] {
        var delta = delta
        if !isBegun { delta.set("role", text: "assistant") }
        isBegun = true
        var choice = JSONMembers()
        choice.set("index", json: "0")
        choice["delta"] = delta.encoded[...]
        choice.set("finish_reason", json: finish.map(JSONText.quoted) ?? "null")
        var chunk = frame
        chunk["choices"] = JSONMembers.array([choice.encoded[...]])[...]
        return Self.line(chunk)
    }

    private static func line(_ members: JSONMembers) -> [UInt8] {
        Array("data: ".utf8) + members.encoded + Array("\n\n".utf8)
    }

    // MARK: The end

    private mutating func completed(_ event: JSONMembers) -> [UInt8] {
        let response = event["response"].flatMap { try? JSONMembers($0) } ?? JSONMembers()
        var result = chunk(JSONMembers(), finish: ResponsesAnswer.finish(response, hasCalls: !calls.isEmpty))
        if includesUsage, let usage = ResponsesAnswer.usage(response) {
            var last = frame
            last.set("choices", json: "[]")
            last["usage"] = usage
            result += Self.line(last)
        }
        isOver = true
        return result + Array("data: [DONE]\n\n".utf8)
    }

    private mutating func failed(_ event: JSONMembers) -> [UInt8] {
        isOver = true
        let response = event["response"].flatMap { try? JSONMembers($0) }
        let error = response?["error"].flatMap { try? JSONMembers($0) } ?? event
        let text = error.text("message") ?? "the server failed"
        return Array(OpenAIErrorText.event(text, code: error.text("code")).utf8)
    }
}
