import Logging
import Storage

extension APIError {
    /// What a caller learns of an error of ours; the rest is for the log.
    /// - Parameter message: what failed, for the log.
    public init(of error: any Error, _ message: @autoclosure () -> Logger.Message, _ logger: Logger) {
        switch error {
        case let error as APIError: self = error
        case let error as StorageError where error.reason == .overloaded || error.reason == .busy: self = .overloaded
        case let error as StorageError where error.reason == .unavailable: self = .databaseUnavailable
        default:
            logger.error(message(), metadata: ["error": "\(error)"])
            self = .internalError
        }
    }
}
