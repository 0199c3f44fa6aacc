import Contracts

/// The last bytes of an answer, in which its token counts are and how it ended.
struct AnswerTail: Sendable {
    /// Enough for the last events; the one that ends a `/responses` stream repeats the answer, with the counts last.
    static let limit = 16_384
    private var bytes: [UInt8] = []

    mutating func add(_ chunk: UnsafeRawBufferPointer) {
        if chunk.count >= Self.limit {
            bytes = Array(chunk.suffix(Self.limit))
            return
        }
        // Cut only when it has doubled, so that a chunk seldom moves what is there.
        if bytes.count + chunk.count > 2 * Self.limit { bytes.removeFirst(bytes.count - Self.limit) }
        bytes.append(contentsOf: chunk)
    }

    /// The stream so far ends with a whole event (or is empty).
    var endsWithEvent: Bool { bytes.isEmpty || bytes.suffix(2).elementsEqual("\n\n".utf8) || endsWithCRLF }
    private var endsWithCRLF: Bool { bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) }
    var endsWithBreak: Bool { bytes.isEmpty || bytes.last == UInt8(ascii: "\n") }

    /// Whether a stream of events says of itself that it is over.
    var saysEnd: Bool {
        last("[DONE]") != nil || last(#""type":"response.completed""#) != nil
            || last(#""type": "response.completed""#) != nil || last("event: response.completed") != nil
            || last("event: response.failed") != nil || last("event: response.incomplete") != nil
            || last(#""finish_reason":""#) != nil || last(#""finish_reason": ""#) != nil || last(#""error":{"#) != nil
            || last(#""error": {"#) != nil
    }

    var usage: OpenAIUsage? { OpenAIUsage(bytes) }

    private func last(_ text: StaticString) -> Int? {
        OpenAIUsage.last(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount), in: bytes)
    }
}

/// Token counts of one answer: `usage` of chat completions, completions and embeddings, or of `/responses`.
struct OpenAIUsage: Sendable, Equatable {
    var promptTokens: UInt64
    var completionTokens: UInt64

    /// The last `usage` object in the bytes, which may begin anywhere in a document or stream; where there is none,
    /// llama.cpp's `timings`, which it says of its own accord. Nil: there is neither.
    init?(_ bytes: [UInt8]) {
        if let usage = Self.lastObject(#""usage""#, in: bytes) {
            promptTokens = Self.count(usage, "prompt_tokens") ?? Self.count(usage, "input_tokens") ?? 0
            completionTokens = Self.count(usage, "completion_tokens") ?? Self.count(usage, "output_tokens") ?? 0
        } else if let timings = Self.lastObject(#""timings""#, in: bytes) {
            promptTokens = (Self.count(timings, "prompt_n") ?? 0) + (Self.count(timings, "cache_n") ?? 0)
            completionTokens = Self.count(timings, "predicted_n") ?? 0
        } else {
            return nil
        }
    }

    private static func lastObject(_ name: StaticString, in bytes: [UInt8]) -> JSONMembers? {
        let name = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        var end = bytes.count
        while let place = last(name, in: bytes, before: end) {
            end = place
            // In a text it would be escaped.
            if place > 0, bytes[place - 1] == UInt8(ascii: "\\") { continue }
            if let members = object(in: bytes, after: place + name.count) { return members }
        }
        return nil
    }

    private static func object(in bytes: [UInt8], after place: Int) -> JSONMembers? {
        let range: Range<Int>? = bytes[place...].withUnsafeBytes { buffer in
            var scanner = JSONScanner(buffer)
            guard scanner.peek() == UInt8(ascii: ":") else { return nil }
            let start = scanner.position + 1
            var rest = JSONScanner(UnsafeRawBufferPointer(rebasing: buffer[start...]))
            guard rest.peek() == UInt8(ascii: "{"), let value = try? rest.value() else { return nil }
            return (start + value.lowerBound)..<(start + value.upperBound)
        }
        return range.flatMap { try? JSONMembers(bytes[(place + $0.lowerBound)..<(place + $0.upperBound)]) }
    }

    private static func count(_ members: JSONMembers, _ name: String) -> UInt64? {
        members[name].flatMap { UInt64(String(decoding: $0, as: UTF8.self)) }
    }

    /// Where the bytes are found last, before `end`.
    static func last(_ sought: UnsafeBufferPointer<UInt8>, in bytes: [UInt8], before end: Int? = nil) -> Int? {
        var start = (end ?? bytes.count) - sought.count
        while start >= 0 {
            if bytes[start] == sought[0], bytes[start..<(start + sought.count)].elementsEqual(sought) { return start }
            start -= 1
        }
        return nil
    }
}
