import Crypto
import NIOCore

/// A blob that is being received: only its digest is made.
struct StubBlob {
    let digest: String
    private var hash = SHA256()
    private(set) var size = 0

    /// nil: the path is no blob's.
    init?(path: String) {
        guard path.hasPrefix("/api/blobs/sha256:") else { return nil }
        digest = String(path.dropFirst("/api/blobs/".count))
    }

    mutating func take(_ bytes: ByteBuffer) {
        size += bytes.readableBytes
        bytes.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
    }

    /// What came is what its name says.
    var isSound: Bool {
        let digits = hash.finalize().map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        return digest == "sha256:" + digits.joined()
    }
}
