import NIOHTTP1

/// Why a request was not understood. Each ends the connection after its answer.
enum HTTPParseError: Error, Equatable {
    case badRequestLine
    case badHeader
    case badHost
    case badFraming
    case badChunk
    case requestLineTooLong
    case headersTooLarge
    case unsupportedVersion
    case unsupportedCoding

    var status: HTTPResponseStatus {
        switch self {
        case .badRequestLine, .badHeader, .badHost, .badFraming, .badChunk: .badRequest
        case .requestLineTooLong: .uriTooLong
        case .headersTooLarge: .requestHeaderFieldsTooLarge
        case .unsupportedVersion: .httpVersionNotSupported
        case .unsupportedCoding: .notImplemented
        }
    }

    /// Safe to send: it names the rule, never the input.
    var detail: String {
        switch self {
        case .badRequestLine: "Invalid request line"
        case .badHeader: "Invalid header"
        case .badHost: "Missing or invalid Host header"
        case .badFraming: "Invalid or conflicting Content-Length and Transfer-Encoding"
        case .badChunk: "Invalid chunked body"
        case .requestLineTooLong: "URI Too Long"
        case .headersTooLarge: "Request Header Fields Too Large"
        case .unsupportedVersion: "HTTP Version Not Supported"
        case .unsupportedCoding: "Transfer coding not supported"
        }
    }
}
