/// A number of bytes, for people.
public struct ByteCount: CustomStringConvertible, Sendable {
    private let count: Int64

    public init(_ count: Int64) { self.count = count }

    /// `812 bytes`, `3.4 MB`: decimal units, as disks are sold.
    public var description: String {
        guard count >= 1000 else { return "\(count) bytes" }
        var value = Double(count)
        var units = ["kB", "MB", "GB", "TB", "PB"][...]
        value /= 1000
        while value >= 999.95, units.count > 1 {
            value /= 1000
            units.removeFirst()
        }
        return "\((value * 10).rounded() / 10) \(units.first ?? "")"
    }
}
