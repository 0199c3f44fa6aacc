import Egress
import FoundationEssentials
import NIOCore

/// The picture of an account at its provider, as a data URI for `user.profile_image_url`.
struct ProfilePicture: Sendable {
    /// Bytes, before they are encoded.
    static let sizeLimit = 1 << 20
    static let none = "/user.png"

    let http: ProviderHTTP
    let timeout: Duration

    /// - Parameters:
    ///   - claim: an address that the account's owner may have chosen. The access token is not for it.
    ///   - own: an address of the provider's that takes the access token; for accounts without the claim.
    /// - Returns: nil when there is none, or it cannot be had: nobody is kept out for that.
    /// - Throws: `OAuthError`, which the caller logs.
    func load(claim: String?, own: String, accessToken: String) async throws(OAuthError) -> String? {
        let answer: ProviderHTTP.Answer
        if let claim {
            guard URLParts(claim) != nil, claim.utf8.count <= 2048 else {
                throw OAuthError("the picture's address is no http or https URL")
            }
            answer = try await http.picture(claim, limit: Self.sizeLimit, timeout: timeout)
        } else {
            guard !own.isEmpty else { return nil }
            answer = try await http.get(
                own, bearer: accessToken, accept: "image/*", limit: Self.sizeLimit, timeout: timeout)
        }
        guard answer.status == 200 else {
            // An account without a picture.
            if answer.status == 404 { return nil }
            throw OAuthError("the picture was answered \(answer.status)")
        }
        guard let type = Self.type(answer.body) else { throw OAuthError("the picture is no PNG, JPEG, GIF or WebP") }
        return "data:\(type);base64,\(Data(answer.body.readableBytesView).base64EncodedString())"
    }

    /// By the first bytes: what the server calls it does not count.
    static func type(_ body: ByteBuffer) -> String? {
        let bytes = Array(body.readableBytesView.prefix(12))
        if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) { return "image/png" }
        if bytes.starts(with: [0xff, 0xd8, 0xff]) { return "image/jpeg" }
        if bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) { return "image/gif" }
        if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) { return "image/webp" }
        return nil
    }
}
