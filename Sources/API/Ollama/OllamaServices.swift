import Contracts
import HTTPFront
import Identity
import Link
import Logging
import NIOCore
import NIOHTTP1

/// What the routes of Ollama share.
struct OllamaServices: Sendable {
    let links: ProxyLinks
    let client: LinkClient
    let access: ModelAccess
    let editor: SettingsEditor
    let dataDirectory: String
    let bodyLimit: Int
    let logger: Logger

    /// A call to ollama-lb-proxy.
    func call<Request, Reply>(
        _ method: Method<Request, Reply>, _ message: Request, _ request: HTTPRequest, timeout: Duration = .seconds(30)
    ) async throws(LinkError) -> Reply {
        try await client.call(method, message, timeout: timeout, requestID: request.requestID)
    }

    static func header(_ request: HTTPRequest) -> CallHeader {
        let principal = request.context as? Principal
        return CallHeader(
            requestID: request.requestID, userID: principal?.userID ?? "", role: principal?.role.rawValue ?? "")
    }

    /// The backend that the path or the query pins; refusals as FastAPI tells them.
    static func index(_ request: HTTPRequest) throws(HTTPError) -> UInt32? {
        let inPath = request.parameters["url_idx"]
        guard let text = inPath ?? request.query["url_idx"], !text.isEmpty else { return nil }
        guard let index = UInt32(text) else {
            let place = inPath == nil ? "query" : "path"
            throw Validation.error([
                .init(
                    type: "int_parsing", location: [.name(place), .name("url_idx")],
                    message: "Input should be a valid integer, unable to parse string as an integer",
                    input: .string(text))
            ])
        }
        return index
    }

    /// What a backend may see of the client's headers: nothing that says who it is.
    static func forwarded(_ headers: HTTPHeaders) -> [WireHeader] {
        ["content-type", "accept", "x-chunks"].compactMap { name in
            headers.first(name: name).map { wireHeader(name, $0) }
        }
    }

    static func wireHeader(_ name: String, _ value: String) -> WireHeader {
        var header = WireHeader()
        header.name = name
        header.value = value
        return header
    }

    /// Both forms of a path: for any backend, and for one.
    static func paths(_ pattern: String) -> [String] { [pattern, pattern + "/{url_idx}"] }
}

extension HTTPRoute where Metadata == Access {
    /// As `async`; refusals have the form of `OllamaErrorBody`.
    static func ollama(
        _ method: HTTPMethod, _ pattern: String, _ access: Access, bodyLimit: Int = defaultBodyLimit,
        _ body: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse
    ) -> APIRoute {
        .async(method, pattern, access, bodyLimit: bodyLimit) { request in
            do {
                return try await body(request)
            } catch {
                guard let response = OllamaErrorBody.response(to: error) else { throw error }
                return response
            }
        }
    }
}
