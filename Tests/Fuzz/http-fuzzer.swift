import NIOCore

@testable import HTTPFront

/// libFuzzer's entry for the parser of HTTP requests.
///
/// The first byte says how the rest is cut (0: whole; n: pieces of n bytes). The parser must give the same events
/// and refuse the same inputs whole and in pieces, and take no more than came.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRequests(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let start, count > 1 else { return 0 }
    let bytes = UnsafeBufferPointer(rebasing: UnsafeBufferPointer(start: start, count: count)[1...])
    let whole = parse(bytes, bytes.count)
    let pieces = parse(bytes, max(1, Int(start[0])))
    guard whole.isLike(pieces) else { fatalError("the parser differs by the cut:\n\(whole)\n\(pieces)") }
    for event in whole.events { check(event) }
    return 0
}

private struct Parsed: Equatable {
    var events: [HTTPRequestParser.Event] = []
    var error: HTTPParseError?

    /// What breaks a limit and another rule may be refused for either: which of them is seen first depends on the cut.
    func isLike(_ other: Parsed) -> Bool {
        let limits: [HTTPParseError?] = [.requestLineTooLong, .headersTooLarge]
        return events == other.events && (error == nil) == (other.error == nil)
            && (error == other.error || limits.contains(error) || limits.contains(other.error))
    }
}

private let limits: HTTPLimits = {
    var limits = HTTPLimits()
    limits.requestLine = 200
    limits.headerBytes = 300
    limits.headerLines = 8
    return limits
}()

/// Body pieces are joined: how they are cut may depend on the input's.
private func parse(_ bytes: UnsafeBufferPointer<UInt8>, _ step: Int) -> Parsed {
    var parser = HTTPRequestParser(limits: limits)
    var buffer = ByteBuffer()
    var parsed = Parsed()
    for offset in stride(from: 0, to: bytes.count, by: step) {
        buffer.writeBytes(UnsafeBufferPointer(rebasing: bytes[offset..<min(bytes.count, offset + step)]))
        do throws(HTTPParseError) {
            while let event = try parser.next(&buffer) { append(event, &parsed.events) }
        } catch {
            parsed.error = error
            return parsed
        }
    }
    return parsed
}

private func append(_ event: HTTPRequestParser.Event, _ events: inout [HTTPRequestParser.Event]) {
    if case .body(let piece) = event, case .body(var whole) = events.last {
        whole.writeImmutableBuffer(piece)
        events[events.count - 1] = .body(whole)
    } else {
        events.append(event)
    }
}

/// What has led to smuggling elsewhere must not come through.
private func check(_ event: HTTPRequestParser.Event) {
    guard case .head(let head) = event else { return }
    let lengths = head.headers["content-length"].count
    let codings = head.headers["transfer-encoding"].count
    guard lengths + codings <= 1 else { fatalError("two framings: \(head)") }
    guard (lengths == 0) == { if case .length = head.framing { false } else { true } }() else {
        fatalError("a length that is not its header's: \(head)")
    }
    for (name, value) in head.headers {
        guard !name.isEmpty, !(name + value).utf8.contains(where: { $0 == 0 || $0 == 0x0d || $0 == 0x0a }) else {
            fatalError("a control character in \(name)")
        }
    }
}
