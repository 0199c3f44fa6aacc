import Contracts
import FoundationEssentials
import HTTPFront
import Identity
import NIOCore

/// A JSON document, or the refusal that a service has thrown.
func answer(_ body: () async throws(APIError) -> String) async throws(HTTPError) -> HTTPResponse {
    do throws(APIError) {
        return HTTPResponse(json: ByteBuffer(string: try await body()))
    } catch {
        throw error.httpError
    }
}

extension HTTPRequest {
    /// Who the gate has let in.
    func principal() throws(HTTPError) -> Principal {
        guard let principal = context as? Principal else { throw APIError.notAuthenticated.httpError }
        return principal
    }
}

extension JSONValue {
    /// As JSON text, members in the order of their names.
    var encoded: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }
}
