import NIOCore

/// What is looked at in a JSON body before it is decoded: one pass over its bytes, without recursion or allocation.
struct BodyScan {
    /// How deep arrays and objects lie in one another.
    private(set) var depth = 0
    /// A text has the escape of NUL: decoded, it would hold one.
    private(set) var hasNUL = false
    /// What decoders let pass, and JSON does not have: a comma before a closing bracket; zero bytes, as UTF-16 and UTF-32
    /// have them, in which this scan would see nothing.
    private(set) var isForeign = false

    private static let escapedNUL = Array("u0000".utf8)

    init(_ body: ByteBuffer) {
        self = body.withUnsafeReadableBytes { Self($0) }
    }

    private init(_ bytes: UnsafeRawBufferPointer) {
        var open = 0
        var isText = false
        var isAfterComma = false
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == 0 { isForeign = true }
            if isText {
                if byte == UInt8(ascii: "\"") {
                    isText = false
                } else if byte == UInt8(ascii: "\\") {
                    if bytes[index...].starts(with: Self.escapedNUL) { hasNUL = true }
                    index += 1
                }
                continue
            }
            switch byte {
            case 0x20, 0x0a, 0x0d, 0x09: continue
            case UInt8(ascii: "\""): isText = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                open += 1
                depth = max(depth, open)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                open -= 1
                if isAfterComma { isForeign = true }
            default: break
            }
            isAfterComma = byte == UInt8(ascii: ",")
        }
    }
}
