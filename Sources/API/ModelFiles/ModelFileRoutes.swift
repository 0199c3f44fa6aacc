import Contracts
import DaemonKit
import Egress
import HTTPFront
import Identity
import Link
import NIOCore
import NIOHTTP1
import Reactor
import Synchronization

/// API.md, "Ollama", models/download and models/upload: a model's file comes to this host's disk, then goes to the
/// servers; progress is told as `ModelFileEvents`. With an index to that server, without one to every server that answers.
struct ModelFileRoutes: Sendable {
    let services: OllamaServices

    /// Files under way in this process.
    static let transferLimit = 8
    /// What a form has around its file.
    private static let formOverhead = 1 << 20
    private static let transfers = Mutex(0)

    @ReactorActor static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.userAgent = "martlet"
        return HTTPClient(configuration: configuration)
    }()

    private var directory: String { ModelFile.directory(in: services.dataDirectory) }

    var routes: [APIRoute] {
        OllamaServices.paths("/ollama/models/download").map { pattern in
            .ollama(.POST, pattern, .admin) { try await self.download($0) }
        }
            + OllamaServices.paths("/ollama/models/upload").map { streaming($0) { try await self.upload($0, $1) } }
            + [streaming("/ollama/api/blobs/{digest}") { try await self.takeBlob($0, $1) }]
    }

    private func streaming(
        _ pattern: String, _ body: @escaping @Sendable (HTTPRequest, HTTPRequestBody) async throws -> HTTPResponse
    ) -> APIRoute {
        .streaming(.POST, pattern, .admin, bodyLimit: .max) { request, content in
            do {
                return try await body(request, content)
            } catch {
                guard let response = OllamaErrorBody.response(to: error) else { throw error }
                return response
            }
        }
    }

    private var limit: Int { services.editor.board.settings.integer("MARTLET_MODEL_FILE_LIMIT") }

    // MARK: Upload

    /// The form comes in whole before the answer begins: browsers read no answer before.
    private func upload(_ request: HTTPRequest, _ body: HTTPRequestBody) async throws -> HTTPResponse {
        let index = try OllamaServices.index(request)
        guard let type = request.headers.first(name: "content-type"), let parser = MultipartParser(contentType: type)
        else { throw Self.missingFile }
        let announced = request.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        let servers = try await servers(index, request)
        let place = try Self.takePlace()
        let file = try await ModelFile.create(
            in: directory, expecting: max(0, announced - Self.formOverhead), limit: limit)
        var form = ModelFileForm(parser: parser, file: file)
        while let bytes = try await body.next() { try await form.take(bytes) }
        guard form.isWhole, let name = form.name else { throw Self.missingFile }
        let base = ModelFileName.base(name)
        guard file.size > 0, !ModelFileName.model(base).isEmpty else {
            throw HTTPError(.badRequest, "The file is empty, or its name is none for a model.")
        }
        return events(place, request) { events in
            try await self.deliver(file, base, to: servers, request, events)
        }
    }

    /// As Ollama takes a blob from its own clients (`create` names it then); to every server that answers.
    private func takeBlob(_ request: HTTPRequest, _ body: HTTPRequestBody) async throws -> HTTPResponse {
        let digest = request.parameters["digest"] ?? ""
        guard digest.hasPrefix("sha256:"), digest.utf8.count == 71,
            digest.dropFirst(7).allSatisfy({ $0.isHexDigit && !$0.isUppercase && $0.isASCII })
        else { throw HTTPError(.badRequest, "invalid digest format") }
        let servers = try await servers(nil, request)
        let announced = request.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        let place = try Self.takePlace()
        let file = try await ModelFile.create(in: directory, expecting: max(0, announced), limit: limit)
        while let bytes = try await body.next() { try await file.append(bytes) }
        guard file.digest == digest else { throw HTTPError(.badRequest, "digest mismatch") }
        try await delivery(of: file, named: "", request).deliver(to: servers, createsModel: false) { _, _ in }
        withExtendedLifetime(place) {}
        return HTTPResponse(status: .created)
    }

    private static let missingFile = Validation.error([
        .init(type: "missing", location: [.name("body"), .name("file")], message: "Field required", input: .null)
    ])

    // MARK: Download

    private func download(_ request: HTTPRequest) async throws -> HTTPResponse {
        let index = try OllamaServices.index(request)
        var form = try Validation(request.body)
        let url = form.text("url")
        try form.check()
        let settings = services.editor.board.settings
        guard let address = ModelFileAddress(url, allowed: settings.list("MARTLET_MODEL_FILE_HOSTS")) else {
            throw HTTPError(.badRequest, "Invalid file_url. Only URLs from allowed hosts are permitted.")
        }
        guard !ModelFileName.model(address.name).isEmpty else {
            throw HTTPError(.badRequest, "The address does not end with a file's name.")
        }
        var policy = AddressPolicy.publicOnly
        policy.exceptions = settings.text("MARTLET_MODEL_FILE_NETWORKS").split(separator: ",").compactMap {
            AddressBlock($0)
        }
        let servers = try await servers(index, request)
        let place = try Self.takePlace()
        return events(place, request) { [policy] events in
            let file = try await self.fetch(address, policy, events)
            try await self.deliver(file, address.name, to: servers, request, events)
        }
    }

    private func fetch(
        _ address: ModelFileAddress, _ policy: AddressPolicy, _ events: ModelFileEvents
    ) async throws -> ModelFile {
        let request = Request(
            url: address.url, headers: [("accept", "*/*")],
            timeouts: .init(connect: .seconds(15), firstByte: .seconds(60), idle: .seconds(60)),
            addressPolicy: policy)
        let (head, stream) = try await Self.http.open(request)
        do {
            guard head.status == 200 else {
                throw ModelFileError(.badGateway, "The server answered with status \(head.status).")
            }
            let total = max(0, head.first("content-length").flatMap { Int($0) } ?? 0)
            let file = try await ModelFile.create(in: directory, expecting: total, limit: limit)
            while let bytes = try await stream.next() {
                try await file.append(bytes)
                try await events.progress("downloading", completed: file.size, total: total)
            }
            guard file.size > 0 else { throw ModelFileError(.badGateway, "The file is empty.") }
            return file
        } catch {
            await stream.cancel()
            throw error
        }
    }

    // MARK: Delivery

    private func deliver(
        _ file: ModelFile, _ name: String, to servers: [UInt32], _ request: HTTPRequest,
        _ events: ModelFileEvents
    ) async throws {
        let delivery = delivery(of: file, named: name, request)
        try await delivery.deliver(to: servers) { completed, total in
            try await events.progress("uploading", completed: completed, total: total)
        }
        try await events.done(blob: file.digest, name: name, model: delivery.model)
    }

    private func delivery(of file: ModelFile, named name: String, _ request: HTTPRequest) -> ModelFileDelivery {
        let header = OllamaServices.header(request)
        return ModelFileDelivery(
            client: services.client, file: file, name: name,
            call: .init(requestID: header.requestID, userID: header.userID, role: header.role))
    }

    /// The pinned server, or every one that answers.
    private func servers(_ index: UInt32?, _ request: HTTPRequest) async throws -> [UInt32] {
        let backends = try await services.call(Methods.backends, OllamaBackendsRequest(), request).backends
        if let index {
            guard backends.contains(where: { $0.index == index }) else {
                throw HTTPError(.notFound, "there is no Ollama server with index \(index)")
            }
            return [index]
        }
        let answering = backends.filter(\.healthy).map(\.index)
        guard !answering.isEmpty else { throw LinkError(.unavailable, "no Ollama server answers") }
        return answering
    }

    /// An answer of events; what goes wrong is its last one.
    private func events(
        _ place: Place, _ request: HTTPRequest,
        _ body: @escaping @Sendable (ModelFileEvents) async throws -> Void
    ) -> HTTPResponse {
        let logger = services.logger
        let id = request.requestID
        return HTTPResponse(
            headers: ModelFileEvents.headers,
            body: .stream { writer in
                let events = ModelFileEvents(writer)
                do {
                    try await body(events)
                } catch {
                    if Task.isCancelled { throw error }
                    logger.warning("model file failed", metadata: ["request_id": "\(id)", "error": "\(error)"])
                    try await events.failed(ModelFileError(error)?.text ?? "Internal error (request \(id)).")
                }
                withExtendedLifetime(place) {}
            })
    }

    // MARK: Places

    /// One of the transfers that may be under way; given back when nobody holds it any more.
    final class Place: Sendable {
        deinit { ModelFileRoutes.transfers.withLock { $0 -= 1 } }
    }

    private static func takePlace() throws(HTTPError) -> Place {
        let isFree = transfers.withLock { count in
            guard count < transferLimit else { return false }
            count += 1
            return true
        }
        guard isFree else {
            throw HTTPError(
                .tooManyRequests, "\(transferLimit) model files are under way; please try again later.",
                headers: ["retry-after": "30"])
        }
        return Place()
    }
}
