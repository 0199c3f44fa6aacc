import Contracts
import NIOCore

/// One JSON object written member by member from texts, values and slices.
struct JSONWriter {
    private(set) var bytes: ByteBuffer
    private var isEmpty = true

    init(capacity: Int = 256) {
        bytes = ByteBufferAllocator().buffer(capacity: capacity)
        bytes.writeInteger(UInt8(ascii: "{"))
    }

    private mutating func key(_ name: String) {
        if !isEmpty { bytes.writeInteger(UInt8(ascii: ",")) }
        isEmpty = false
        bytes.writeString(JSONText.quoted(name))
        bytes.writeInteger(UInt8(ascii: ":"))
    }

    mutating func add(_ name: String, _ slice: JSONSlice) { add(name, bytes: slice.bytes) }

    /// JSON that is already encoded.
    mutating func add(_ name: String, bytes value: ByteBuffer) {
        key(name)
        bytes.writeImmutableBuffer(value)
    }

    mutating func add(_ name: String, json: String) {
        key(name)
        bytes.writeString(json)
    }

    mutating func add(_ name: String, _ text: String) { add(name, json: JSONText.quoted(text)) }
    mutating func add(_ name: String, _ value: JSONValue) { add(name, json: value.encoded) }

    /// Ends the object.
    consuming func finish() -> ByteBuffer {
        bytes.writeInteger(UInt8(ascii: "}"))
        return bytes
    }

    /// `[a,b]` of encoded elements.
    static func array(_ elements: [ByteBuffer]) -> ByteBuffer {
        var bytes = ByteBufferAllocator().buffer(capacity: elements.reduce(2) { $0 + $1.readableBytes + 1 })
        bytes.writeInteger(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.writeInteger(UInt8(ascii: ",")) }
            bytes.writeImmutableBuffer(element)
        }
        bytes.writeInteger(UInt8(ascii: "]"))
        return bytes
    }
}
