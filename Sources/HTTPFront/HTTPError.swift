public import NIOCore
public import NIOHTTP1

/// An answer of the error shape: `{"detail": …}`, where `detail` is a text or, for validation, a list.
public struct HTTPError: Error, Sendable {
    public var status: HTTPResponseStatus
    /// The JSON value of `detail`, encoded.
    public var detail: ByteBuffer
    public var headers: HTTPHeaders

    public init(_ status: HTTPResponseStatus, _ detail: String, headers: HTTPHeaders = HTTPHeaders()) {
        var encoded = ByteBuffer()
        encoded.writeJSONString(detail)
        self.init(status, json: encoded, headers: headers)
    }

    public init(_ status: HTTPResponseStatus, json detail: ByteBuffer, headers: HTTPHeaders = HTTPHeaders()) {
        self.status = status
        self.detail = detail
        self.headers = headers
    }

    public var response: HTTPResponse {
        var body = ByteBuffer(string: #"{"detail":"#)
        body.writeImmutableBuffer(detail)
        body.writeStaticString("}")
        var response = HTTPResponse(status: status, json: body)
        response.headers.add(contentsOf: headers)
        return response
    }

    /// All that a client learns of an error that nobody expected.
    static func unexpected(requestID: String) -> HTTPResponse {
        let text = #"{"detail":"Internal Server Error","request_id":"\#(requestID)"}"#
        return HTTPResponse(status: .internalServerError, json: ByteBuffer(string: text))
    }
}

extension ByteBuffer {
    /// Writes a JSON string, quotes included.
    mutating func writeJSONString(_ text: String) {
        writeInteger(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): writeMultipleIntegers(UInt8(ascii: "\\"), byte)
            case 0x0a: writeStaticString("\\n")
            case 0x00..<0x20:
                let digits = "0123456789abcdef".utf8
                writeStaticString("\\u00")
                writeInteger(byte >> 4 == 0 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
                writeInteger(digits[digits.index(digits.startIndex, offsetBy: Int(byte & 0xf))])
            default: writeInteger(byte)
            }
        }
        writeInteger(UInt8(ascii: "\""))
    }
}
