/// Looks for the end of a request head, line by line, over as many reads as it takes, and holds it to the limits
/// before anything is decoded: no byte is looked at twice, however slowly they come.
struct HeadScan: Equatable {
    private var scanned = 0
    private var lineStart = 0
    private var lines = 0
    private var headersStart = 0

    /// `bytes`: everything of this request so far. Length of the head with its empty line, `nil` if it goes on.
    mutating func find(in bytes: UnsafeRawBufferPointer, _ limits: HTTPLimits) throws(HTTPParseError) -> Int? {
        if scanned == 0, let first = bytes.first, !ASCIISet.token.contains(first) {
            throw .badRequestLine
        }
        while let feed = bytes.firstOffset(of: 0x0a, from: scanned) {
            guard feed > lineStart, bytes[feed - 1] == 0x0d else { throw lines == 0 ? .badRequestLine : .badHeader }
            scanned = feed + 1
            if feed - 1 == lineStart, lines > 0 {
                try checkLimits(feed + 1, limits)
                return feed + 1
            }
            if lines == 0 {
                guard feed - 1 <= limits.requestLine else { throw .requestLineTooLong }
                headersStart = feed + 1
            }
            lines += 1
            lineStart = feed + 1
        }
        scanned = bytes.count
        try checkLimits(bytes.count, limits)
        return nil
    }

    private func checkLimits(_ count: Int, _ limits: HTTPLimits) throws(HTTPParseError) {
        if lines == 0 {
            // One more than the limit may be the carriage return.
            guard count <= limits.requestLine + 1 else { throw .requestLineTooLong }
        } else {
            // The empty line at the end is no header.
            guard count - headersStart <= limits.headerBytes + 2 else { throw .headersTooLarge }
            guard lines - 1 <= limits.headerLines else { throw .headersTooLarge }
        }
    }
}
