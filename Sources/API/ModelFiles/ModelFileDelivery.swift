import Contracts
import FoundationEssentials
import HTTPFront
import Link
import NIOCore

/// Brings a model's file to Ollama servers as a blob (`POST /api/blobs/sha256:…`) and makes a model of it
/// (`POST /api/create`), one server after the other.
struct ModelFileDelivery: Sendable {
    let client: LinkClient
    let file: ModelFile
    /// As the client named it.
    let name: String
    let call: Call

    /// What goes with each call.
    struct Call: Sendable {
        var requestID: String
        var userID: String
        var role: String
        var header: CallHeader { CallHeader(requestID: requestID, userID: userID, role: role) }
    }

    private static let pieceSize = 256 * 1024

    var model: String { ModelFileName.model(name) }

    /// - Parameters:
    ///   - createsModel: false: the blob alone is brought there.
    ///   - progress: bytes that have gone out so far, over all servers, and of how many.
    func deliver(
        to servers: [UInt32], createsModel: Bool = true,
        progress: @escaping @Sendable (_ completed: Int, _ total: Int) async throws -> Void
    ) async throws {
        let digest = file.digest
        let size = file.size
        for (position, server) in servers.enumerated() {
            if try await !hasBlob(digest, server) {
                try await send(digest, to: server) { sent in
                    try await progress(position * size + sent, servers.count * size)
                }
            }
            try await progress((position + 1) * size, servers.count * size)
            if createsModel { try await create(digest, on: server) }
        }
    }

    // MARK: Calls

    private func exchange(_ verb: String, _ path: String, _ server: UInt32, type: String) -> OllamaExchange {
        var message = OllamaExchange()
        message.verb = verb
        message.path = path
        message.backendIndex = server
        message.headers = [OllamaServices.wireHeader("content-type", type)]
        return message
    }

    private func hasBlob(_ digest: String, _ server: UInt32) async throws -> Bool {
        let message = exchange("HEAD", "/api/blobs/\(digest)", server, type: "application/octet-stream")
        return try await OllamaCall.collect(message, on: client, call: call.header).status == 200
    }

    private func send(
        _ digest: String, to server: UInt32, progress: @escaping @Sendable (_ sent: Int) async throws -> Void
    ) async throws {
        var message = exchange("POST", "/api/blobs/\(digest)", server, type: "application/octet-stream")
        message.streamedBodyLength = UInt64(file.size)
        let answer = try await OllamaCall.send(message, on: client, call: call.header) { sent in
            if sent > 0 { try await progress(sent) }
            let piece = try await file.read(at: sent, count: Self.pieceSize)
            return piece.readableBytes > 0 ? piece : nil
        }
        guard answer.status < 300 else {
            throw ModelFileError(.badGateway, "Ollama: Could not create blob, Please try again. \(Self.reason(answer))")
        }
    }

    private func create(_ digest: String, on server: UInt32) async throws {
        var message = exchange("POST", "/api/create", server, type: "application/json")
        message.body = Data(
            JSONValue.object([
                "model": .string(model), "files": .object([ModelFileName.base(name): .string(digest)]),
                "stream": .bool(false),
            ]).encoded.utf8)
        let answer = try await OllamaCall.collect(message, on: client, call: call.header)
        let hasFailed = answer.status >= 400 || (try? JSONValue(json: answer.body.readableBytesView))?["error"] != nil
        guard !hasFailed else {
            throw ModelFileError(.badGateway, "Failed to create model in Ollama. \(Self.reason(answer))")
        }
    }

    private static func reason(_ answer: OllamaCall.Answer) -> String {
        let document = try? JSONValue(json: answer.body.readableBytesView)
        return document?["error"]?.text ?? String(String(buffer: answer.body).prefix(300))
    }
}
