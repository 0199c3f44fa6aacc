import Egress
import HTTPFront
import Link
import NIOHTTP1

/// Why a model's file did not get to its servers: a status for a request that has no answer yet, a text for people.
struct ModelFileError: Error {
    var status: HTTPResponseStatus
    var text: String

    init(_ status: HTTPResponseStatus, _ text: String) {
        self.status = status
        self.text = text
    }

    /// From whatever went wrong; nil: nothing that is known, so nothing that a client may be told.
    init?(_ error: any Error) {
        switch error {
        case let error as ModelFileError: self = error
        case ModelFile.Failure.tooLong(let limit):
            self.init(.payloadTooLarge, "The file is longer than \(limit) bytes (MARTLET_MODEL_FILE_LIMIT).")
        case ModelFile.Failure.noSpace: self.init(.insufficientStorage, "There is not enough space for the file.")
        case let error as LinkError: self.init(.badGateway, "Ollama: \(error.text)")
        case let error as HTTPFailure: self.init(.badGateway, Self.text(error))
        default: return nil
        }
    }

    /// Addresses stay in the log.
    private static func text(_ failure: HTTPFailure) -> String {
        switch failure.kind {
        case .forbiddenAddress: "The address is not one that files may be fetched from."
        case .badRedirect: "The server redirects to an address that files may not be fetched from."
        case .resolve, .connect, .connectTimeout, .tls: "The server cannot be reached."
        default: "The download broke off."
        }
    }

    var httpError: HTTPError { HTTPError(status, text) }
}
