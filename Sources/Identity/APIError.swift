/// A refusal as the HTTP API gives it: `{"detail": "…"}` with a status.
///
/// The texts are Open WebUI 0.8.3's, which its frontend shows as they are.
public struct APIError: Error, Sendable, Equatable {
    public let status: Int
    public let detail: String

    public init(status: Int, detail: String) {
        self.status = status
        self.detail = detail
    }
}

extension APIError {
    public static let notAuthenticated = APIError(status: 401, detail: "Not authenticated")
    public static let unauthorized = APIError(status: 401, detail: "401 Unauthorized")
    public static let invalidToken = APIError(
        status: 401, detail: "Your session has expired or the token is invalid. Please sign in again.")
    public static let accessProhibited = APIError(
        status: 403,
        detail: "You do not have permission to access this resource. "
            + "Please contact your administrator for assistance.")
    public static let actionProhibited = APIError(
        status: 403, detail: "The requested action has been restricted as a security measure.")
    public static let apiKeyNotAllowed = APIError(
        status: 403, detail: "Use of API key is not enabled in the environment.")
    public static let apiKeyEndpointNotAllowed = APIError(
        status: 403, detail: "API key not allowed to access this endpoint.")
    public static let apiKeyCreationNotAllowed = APIError(
        status: 403, detail: "API key creation is not allowed in the environment.")
    public static let apiKeyNotFound = APIError(
        status: 404,
        detail: "Oops! It looks like there's a hiccup. The API key is missing. "
            + "Please make sure to provide a valid API key to access this feature.")
    public static let invalidCredentials = APIError(
        status: 400,
        detail: "The email or password provided is incorrect. Please check for typos and try logging in again.")
    public static let incorrectPassword = APIError(
        status: 400, detail: "The password provided is incorrect. Please check for typos and try again.")
    public static let invalidTrustedHeader = APIError(
        status: 400,
        detail: "Your provider has not provided a trusted header. Please contact your administrator for assistance.")
    public static let userMismatch = APIError(status: 401, detail: "User mismatch. Please sign in again.")
    public static let invalidEmail = APIError(
        status: 400,
        detail: "The email format you entered is invalid. "
            + "Please double-check and make sure you're using a valid email address (e.g., yourname@example.com).")
    public static let emailTaken = APIError(
        status: 400,
        detail: "Uh-oh! This email is already registered. "
            + "Sign in with your existing account or choose another email to start anew.")
    public static let passwordTooLong = APIError(
        status: 400,
        detail: "Uh-oh! The password you entered is too long. "
            + "Please make sure your password is less than 72 bytes long.")
    public static let invalidPassword = APIError(
        status: 400, detail: "The password does not meet the required validation criteria.")
    public static let invalidName = APIError(
        status: 400, detail: "The name must have at most 255 characters and no NUL character.")
    public static let rateLimited = APIError(status: 429, detail: "API rate limit exceeded")
    public static let overloaded = APIError(
        status: 503, detail: "The server is busy. Please try again in a moment.")
    public static let databaseUnavailable = APIError(
        status: 503, detail: "The database does not answer. Please try again in a moment.")
    /// Its cause is in the log only.
    public static let internalError = APIError(status: 500, detail: "Internal Server Error")
}
