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
