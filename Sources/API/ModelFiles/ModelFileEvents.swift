import Contracts
import HTTPFront
import NIOCore
import NIOHTTP1

/// Progress of a model's file, as Open WebUI's frontend reads it: Server-Sent Events with one JSON object each,
/// `{"progress": per cent, "total", "completed"}`, at the end `{"done": true, "blob", "name", "model_created"}` or
/// `{"error"}`.
actor ModelFileEvents {
    private let writer: any HTTPBodyWriter
    private var lastProgress = -1.0
    private var lastTime = ContinuousClock.now - .seconds(60)

    static let headers: HTTPHeaders = [
        "content-type": "text/event-stream", "cache-control": "no-cache", "x-accel-buffering": "no",
    ]

    init(_ writer: any HTTPBodyWriter) { self.writer = writer }

    /// - Parameter total: 0: not known.
    func progress(_ status: String, completed: Int, total: Int) async throws {
        let progress = total > 0 ? (Double(completed) / Double(total) * 10_000).rounded() / 100 : 0
        // A hundred events and one every few seconds are enough for people, whatever the file's length.
        let isEnd = total > 0 && completed == total
        guard isEnd || progress - lastProgress >= 1 || ContinuousClock.now - lastTime >= .seconds(2) else { return }
        lastProgress = isEnd ? -1 : progress
        lastTime = .now
        try await send([
            "status": .string(status), "progress": .number(progress),
            "total": total > 0 ? .integer(Int64(total)) : .null, "completed": .integer(Int64(completed)),
        ])
    }

    func done(blob: String, name: String, model: String) async throws {
        try await send([
            "done": .bool(true), "blob": .string(blob), "name": .string(name), "model_created": .string(model),
        ])
    }

    func failed(_ message: String) async throws { try await send(["error": .string(message)]) }

    private func send(_ members: [String: JSONValue]) async throws {
        try await writer.write(ByteBuffer(string: "data: \(JSONValue.object(members).encoded)\n\n"))
    }
}
