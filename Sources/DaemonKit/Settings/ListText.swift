extension StringProtocol {
    /// Without white space around it.
    public func trimmingSpaces() -> String {
        var view = Substring(self)
        while view.first?.isWhitespace == true { view.removeFirst() }
        while view.last?.isWhitespace == true { view.removeLast() }
        return String(view)
    }

    /// What stands between separators, without white space around it; without empty ones.
    public func parts(separatedBy separator: String) -> [String] {
        split(separator: separator).map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
    }
}
