import Contracts
import HTTPFront
import Identity
import NIOCore
import NIOHTTP1

/// Answers that api gives to provisioning clients itself, in the form of RFC 7644, section 3.12.
enum SCIMAnswer {
    static func error(_ status: HTTPResponseStatus, _ detail: String, headers: HTTPHeaders = HTTPHeaders())
        -> HTTPResponse
    {
        let text = """
            {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"\(status.code)",\
            "detail":\(JSONText.quoted(detail))}
            """
        var all: HTTPHeaders = ["content-type": "application/scim+json"]
        all.add(contentsOf: headers)
        return HTTPResponse(status: status, headers: all, body: .bytes(ByteBuffer(string: text)))
    }

    static func error(_ error: APIError) -> HTTPResponse {
        let status = HTTPResponseStatus(statusCode: error.status)
        return status == .unauthorized ? unauthorized(error.detail) : self.error(status, error.detail)
    }

    static func unauthorized(_ detail: String) -> HTTPResponse {
        error(.unauthorized, detail, headers: ["www-authenticate": "Bearer"])
    }

    static let off = error(.notFound, "Provisioning is off (ENABLE_SCIM).")

    /// The daemon is not there: it is worth trying again.
    static func unavailable(_ detail: String) -> HTTPResponse {
        error(.serviceUnavailable, detail, headers: ["retry-after": "5"])
    }
}
