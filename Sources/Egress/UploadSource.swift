import Reactor

/// Where a streamed request body comes from. The client pulls, so nothing is buffered beyond its 16 KiB.
@ReactorActor
public protocol UploadSource: AnyObject, Sendable {
    /// Writes at most `buffer.count` bytes to the start of `buffer`. Called on the loop; must not block.
    /// Once it has answered `wait`, it is called again only after `Exchange.uploadReady()`.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> UploadStep
}

public enum UploadStep: Sendable {
    /// This many bytes, at least one.
    case wrote(Int)
    /// Nothing at the moment: say `Exchange.uploadReady()` when there is.
    case wait
    /// The body is complete. For a body of declared length that is not reached, the exchange fails.
    case end
    /// The body cannot be completed: the exchange fails with `uploadFailed` and the connection is closed.
    case fail
}
