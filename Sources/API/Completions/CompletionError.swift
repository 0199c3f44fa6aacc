import Contracts
import HTTPFront
import NIOCore
import NIOHTTP1

/// A refusal in OpenAI's shape, `{"error": {"message", "type", "param", "code"}}`, with Open WebUI's `detail` beside it.
struct CompletionError: Error, Sendable {
    var status: HTTPResponseStatus
    var message: String
    /// The member of the request that is wrong.
    var param: String?
    var code: String?
    /// Such as Retry-After.
    var headers = HTTPHeaders()

    static func invalid(_ message: String, param: String? = nil) -> CompletionError {
        CompletionError(status: .badRequest, message: message, param: param)
    }

    static let modelNotFound = CompletionError(
        status: .notFound, message: "Model not found", param: "model", code: "model_not_found")

    private var type: String {
        switch status.code {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 429: "rate_limit_exceeded"
        case 400..<500: "invalid_request_error"
        default: "server_error"
        }
    }

    private var object: String {
        var object = JSONObjectText()
        object.add("message", message)
        object.add("type", type)
        object.add("param", param)
        object.add("code", code)
        return object.text
    }

    var response: HTTPResponse {
        let text = "{\"error\":\(object),\"detail\":\(JSONText.quoted(message))}"
        var response = HTTPResponse(status: status, json: ByteBuffer(string: text))
        response.headers.add(contentsOf: headers)
        return response
    }

    /// The same as the last event of a stream that has begun.
    var event: ByteBuffer { ByteBuffer(string: "data: {\"error\":\(object)}\n\n") }
}

extension CompletionError {
    /// What an upstream answered in place of what was asked of it: JSON of Ollama or OpenAI, or plain text.
    init(status: HTTPResponseStatus, upstream body: ByteBuffer, headers: HTTPHeaders) {
        // A failure behind us is none of the caller's: an upstream's 401 would say that they are not signed in.
        let isKeyRefused = status == .unauthorized || status == .forbidden
        self.status = isKeyRefused || status.code < 400 ? .badGateway : status
        let error = (try? JSONSlice(document: body))?.members?["error"]
        let text = error?.text ?? error?.members?["message"]?.text ?? Self.plain(body)
        message = text.isEmpty ? "the model's server answered \(status.code)" : text
        code = status == .notFound ? "model_not_found" : nil
        self.headers = PassedHeaders.of(headers)
    }

    private static func plain(_ body: ByteBuffer) -> String {
        guard let text = String(validating: body.readableBytesView.prefix(512), as: UTF8.self), !text.contains("<")
        else { return "" }
        return text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    init(_ error: HTTPError) {
        let detail = (try? JSONSlice(document: error.detail))?.text ?? String(buffer: error.detail)
        self.init(status: error.status, message: detail, headers: error.headers)
        if status == .notFound { (param, code) = ("model", "model_not_found") }
    }
}

/// Headers of an upstream's answer that still hold when its body is another.
enum PassedHeaders {
    private static let dropped: Set<String> = [
        "content-type", "content-length", "content-encoding", "transfer-encoding", "etag", "last-modified",
        "cache-control", "accept-ranges", "content-md5", "digest", "set-cookie",
    ]

    static func of(_ headers: HTTPHeaders) -> HTTPHeaders {
        HTTPHeaders(headers.filter { !dropped.contains($0.name.lowercased()) })
    }
}
