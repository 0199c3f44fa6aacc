/// One line of Ollama's chat stream, read without decoding it.
enum OllamaLine {
    /// A token: where its texts are, quotes included. Nil: absent or empty.
    case token(content: Range<Int>?, thinking: Range<Int>?)
    /// The last line, tool calls, an error, or anything that is not just a token: to be decoded.
    case other

    /// - Parameter bytes: the line without its end.
    static func read(_ bytes: UnsafeRawBufferPointer) -> OllamaLine {
        do throws(JSONCursor.Malformed) {
            return try scan(bytes)
        } catch {
            return .other
        }
    }

    private static func scan(_ bytes: UnsafeRawBufferPointer) throws(JSONCursor.Malformed) -> OllamaLine {
        var cursor = JSONCursor(bytes)
        var message: Range<Int>?
        var isGoingOn = false
        var isUsual = true
        let keys = cursor
        try cursor.object { key, value throws(JSONCursor.Malformed) in
            if keys.isText(key, "message") {
                if message != nil { isUsual = false }
                message = value
            } else if keys.isText(key, "done") {
                isGoingOn = bytes[value.lowerBound] == UInt8(ascii: "f")
            } else if !keys.isText(key, "model"), !keys.isText(key, "created_at") {
                // An error may be spelt with escapes; what begins like it is looked at.
                if bytes[key.lowerBound + 1] == UInt8(ascii: "e") || bytes[key.lowerBound + 1] == UInt8(ascii: "\\") {
                    isUsual = false
                }
            }
        }
        try cursor.expectEnd()
        guard isUsual, isGoingOn, let message else { return .other }
        return try texts(bytes, message)
    }

    private static func texts(
        _ bytes: UnsafeRawBufferPointer, _ message: Range<Int>
    ) throws(JSONCursor.Malformed) -> OllamaLine {
        var cursor = JSONCursor(bytes, in: message)
        let keys = cursor
        var content: Range<Int>?
        var thinking: Range<Int>?
        var isUsual = true
        try cursor.object { key, value throws(JSONCursor.Malformed) in
            if keys.isText(key, "content") {
                guard bytes[value.lowerBound] == UInt8(ascii: "\"") else { throw JSONCursor.Malformed() }
                content = value.count > 2 ? value : nil
            } else if keys.isText(key, "thinking"), bytes[value.lowerBound] == UInt8(ascii: "\"") {
                thinking = value.count > 2 ? value : nil
            } else if !keys.isText(key, "role"), bytes[value.lowerBound] != UInt8(ascii: "n") {
                isUsual = false
            }
        }
        return isUsual ? .token(content: content, thinking: thinking) : .other
    }
}
