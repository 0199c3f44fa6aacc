import Contracts
import Glibc
import HTTPFront
import NIOCore
import NIOHTTP1

/// Ollama's stream of lines (`/api/chat`) as OpenAI's stream of events, as it passes: the bytes of a token's text go
/// from one to the other as they are, and only lines that are more than a token are decoded.
///
/// What begins ends well or with an error event: a line that is no JSON, an error of the upstream, or an end without
/// the last line.
final class OllamaChatStream: RelayTransformer {
    struct Identity {
        var id = "chatcmpl-" + OllamaToolCalls.randomID()
        /// Epoch seconds.
        var created: Int64
        /// The model as the caller named it.
        var model: String
    }

    private let sendsUsageApart: Bool
    /// `data: {…"choices":[{"index":0,"delta":{`
    private let opening: ByteBuffer
    private let openingApart: ByteBuffer
    private var pending = ByteBuffer()
    private var failedHead: (HTTPResponseStatus, HTTPHeaders)?
    private var failedBody = ByteBuffer()
    private var hasRole = false
    private var toolCalls = 0
    private var isOver = false
    private(set) var hasGivenUp = false
    /// Bytes of a line; and of an error's body.
    private static let lineLimit = 32 << 20
    private static let errorLimit = 64 * 1024

    /// - Parameter sendsUsageApart: usage comes in an event of its own (`stream_options.include_usage`), not with the
    ///   last choice, as Open WebUI sends it otherwise.
    init(_ identity: Identity, sendsUsageApart: Bool) {
        self.sendsUsageApart = sendsUsageApart
        let start =
            "data: {\"id\":\(JSONText.quoted(identity.id)),\"object\":\"chat.completion.chunk\",\"created\":"
            + "\(identity.created),\"model\":\(JSONText.quoted(identity.model)),\"choices\":["
        opening = ByteBuffer(string: start + "{\"index\":0,\"delta\":{")
        openingApart = ByteBuffer(string: start + "],\"usage\":")
    }

    func head(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) -> (HTTPResponseStatus, HTTPHeaders)? {
        guard status == .ok, headers.first(name: "content-type")?.lowercased().hasPrefix("application/x-ndjson") == true
        else {
            failedHead = (status, headers)
            return nil
        }
        var passed = PassedHeaders.of(headers)
        passed.add(name: "content-type", value: "text/event-stream")
        passed.add(name: "cache-control", value: "no-cache")
        passed.replaceOrAdd(name: "x-accel-buffering", value: "no")
        return (.ok, passed)
    }

    func data(_ bytes: ByteBuffer) -> ByteBuffer {
        guard failedHead == nil else {
            if failedBody.readableBytes < Self.errorLimit { failedBody.writeImmutableBuffer(bytes) }
            return ByteBuffer()
        }
        guard !isOver else { return ByteBuffer() }
        var output = ByteBufferAllocator().buffer(capacity: bytes.readableBytes * 3 + 512)
        var bytes = bytes
        if pending.readableBytes > 0, let length = bytes.lengthOfLine, let rest = bytes.readSlice(length: length) {
            pending.writeImmutableBuffer(rest)
            bytes.moveReaderIndex(forwardBy: 1)
            line(pending, into: &output)
            pending.clear()
        }
        if pending.readableBytes == 0 { consume(&bytes, into: &output) }
        if !isOver, bytes.readableBytes > 0 { pending.writeBuffer(&bytes) }
        if !isOver, pending.readableBytes > Self.lineLimit {
            fail("the model's server sent a line without end", &output)
        }
        return output
    }

    func end() -> RelayEnding {
        if let (status, headers) = failedHead {
            return .whole(CompletionError(status: status, upstream: failedBody, headers: headers).response)
        }
        var output = ByteBuffer()
        if !isOver, pending.readableBytes > 0 {
            line(pending, into: &output)
            pending.clear()
        }
        if !isOver { fail("the model's server ended its answer before it was complete", &output) }
        return .bytes(output)
    }

    func broken(_ reason: String) -> RelayEnding {
        guard failedHead == nil else { return .whole(failed(.badGateway, reason)) }
        var output = ByteBuffer()
        // What is whole of the last line may be the very error.
        if !isOver, pending.readableBytes > 0, (try? JSONSlice(document: pending)) != nil {
            line(pending, into: &output)
        }
        if !isOver { fail(reason, &output) }
        return .bytes(output)
    }

    func failed(_ status: HTTPResponseStatus, _ reason: String) -> HTTPResponse {
        CompletionError(status: status, message: "the request could not be passed on: \(reason)").response
    }

    // MARK: Lines

    private func consume(_ bytes: inout ByteBuffer, into output: inout ByteBuffer) {
        while !isOver, let length = bytes.lengthOfLine {
            if let slice = bytes.readSlice(length: length), length > 0 { line(slice, into: &output) }
            bytes.moveReaderIndex(forwardBy: 1)
        }
    }

    private func line(_ bytes: ByteBuffer, into output: inout ByteBuffer) {
        let read = bytes.withUnsafeReadableBytes { OllamaLine.read($0) }
        guard case .token(let content, let thinking) = read else { return decoded(bytes, into: &output) }
        guard content != nil || thinking != nil || !hasRole else { return }
        open(&output)
        if let thinking { add("reasoning_content", bytes, thinking, &output) }
        if let content { add("content", bytes, content, &output) }
        close(&output)
    }

    private var needsComma = false

    private func open(_ output: inout ByteBuffer) {
        output.writeImmutableBuffer(opening)
        needsComma = false
        guard !hasRole else { return }
        hasRole = true
        output.writeStaticString("\"role\":\"assistant\"")
        needsComma = true
    }

    private func key(_ name: StaticString, _ output: inout ByteBuffer) {
        output.writeStaticString(needsComma ? ",\"" : "\"")
        output.writeStaticString(name)
        output.writeStaticString("\":")
        needsComma = true
    }

    private func add(_ name: StaticString, _ bytes: ByteBuffer, _ range: Range<Int>, _ output: inout ByteBuffer) {
        key(name, &output)
        if let text = bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count) {
            output.writeImmutableBuffer(text)
        }
    }

    private func close(_ output: inout ByteBuffer) {
        output.writeStaticString("},\"logprobs\":null,\"finish_reason\":null}]}\n\n")
    }

    // MARK: What is more than a token

    private func decoded(_ bytes: ByteBuffer, into output: inout ByteBuffer) {
        // Taken apart leniently, but only when it is JSON as a whole.
        guard let slice = try? JSONSlice(document: bytes), slice.value != nil, let members = slice.members else {
            return fail("the model's server sent a line that is no JSON", &output)
        }
        if let error = members["error"], !error.isNull {
            return fail(error.text ?? error.members?["message"]?.text ?? String(buffer: error.bytes), &output)
        }
        let message = members["message"]?.members
        let calls = message?["tool_calls"]?.elements ?? []
        let isDone = members["done"]?.isTrue == true
        let texts = [("content", "content"), ("thinking", "reasoning_content")].compactMap { name, other in
            message?[name]?.text.flatMap { $0.isEmpty ? nil : (other, $0) }
        }
        if !texts.isEmpty || !calls.isEmpty || !hasRole { chunk(texts, calls, into: &output) }
        if isDone { finish(members, into: &output) }
    }

    private func chunk(_ texts: [(String, String)], _ calls: [JSONSlice], into output: inout ByteBuffer) {
        open(&output)
        for (name, text) in texts {
            key(name == "content" ? "content" : "reasoning_content", &output)
            output.writeString(JSONText.quoted(text))
        }
        if !calls.isEmpty {
            key("tool_calls", &output)
            output.writeString(JSONText.array(OllamaToolCalls.converted(calls, first: toolCalls)))
            toolCalls += calls.count
        }
        close(&output)
    }

    private func finish(_ members: JSONSlices, into output: inout ByteBuffer) {
        isOver = true
        let reason = toolCalls > 0 ? "tool_calls" : Self.reason(members["done_reason"]?.text)
        let usage = OllamaUsage(members).json
        output.writeImmutableBuffer(opening)
        output.writeString("},\"logprobs\":null,\"finish_reason\":\"\(reason)\"}]")
        if sendsUsageApart {
            output.writeStaticString("}\n\n")
            output.writeImmutableBuffer(openingApart)
            output.writeString(usage)
        } else {
            output.writeString(",\"usage\":\(usage)")
        }
        output.writeStaticString("}\n\ndata: [DONE]\n\n")
    }

    /// Ollama's word for why it ended as OpenAI's.
    static func reason(_ reason: String?) -> String { reason == "length" ? "length" : "stop" }

    private func fail(_ message: String, _ output: inout ByteBuffer) {
        isOver = true
        hasGivenUp = true
        output.writeImmutableBuffer(CompletionError(status: .badGateway, message: message).event)
    }
}

extension ByteBuffer {
    /// Bytes before the next line feed; nil: there is none.
    var lengthOfLine: Int? {
        withUnsafeReadableBytes { bytes in
            guard let start = bytes.baseAddress, let end = memchr(start, 0x0a, bytes.count) else { return nil }
            return start.distance(to: UnsafeRawPointer(end))
        }
    }
}
