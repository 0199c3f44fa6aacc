import Egress
import Reactor

/// The beginning of a body, and nothing after it.
@ReactorActor
final class StalledUpload: UploadSource {
    private var bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.utf8) }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> UploadStep {
        let count = min(buffer.count, bytes.count)
        guard count > 0 else { return .wait }
        buffer.copyBytes(from: bytes[..<count])
        bytes.removeFirst(count)
        return .wrote(count)
    }
}
