import Foundation

/// A directory of its own for a test, gone when the test is. Others may pass through it.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/martlet-link-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestFailure("mkdtemp: \(errno)") }
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        chmod(path, 0o755)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var socket: String { path + "/test.sock" }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Waits until `isTrue`, ten seconds at most.
func poll(_ what: String, _ isTrue: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(10)
    while try await !isTrue() {
        guard ContinuousClock.now < deadline else { throw TestFailure("no \(what) in 10 s") }
        try await Task.sleep(for: .milliseconds(1))
    }
}
