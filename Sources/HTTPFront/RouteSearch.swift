import NIOHTTP1

/// One lookup: depth first, best branch first. The tree's depth bounds it, not the path's length.
struct RouteSearch<Value: Sendable> {
    let nodes: [RouteNode]
    let endpoints: [RouteEndpoint<Value>]
    let path: UnsafeBufferPointer<UInt8>
    let method: HTTPMethod
    /// Where in `path` the parameters are.
    private(set) var captures: [Range<Int>] = []
    /// Endpoints of this path for other methods.
    private(set) var allowed: [Int] = []

    init(
        nodes: [RouteNode], endpoints: [RouteEndpoint<Value>], path: UnsafeBufferPointer<UInt8>, method: HTTPMethod
    ) {
        self.nodes = nodes
        self.endpoints = endpoints
        self.path = path
        self.method = method
    }

    mutating func run() -> Int? { walk(0, from: 1) }

    private mutating func walk(_ node: Int, from start: Int) -> Int? {
        let rest = UnsafeRawBufferPointer(path)
        let end = rest.firstOffset(of: 0x2f, from: start) ?? path.count
        if let child = literal(node, start..<end), let found = descend(child, end) { return found }
        if let child = nodes[node].parameter, end > start {
            captures.append(start..<end)
            if let found = descend(child, end) { return found }
            captures.removeLast()
        }
        guard let found = choose(nodes[node].tails) else { return nil }
        captures.append(start..<path.count)
        return found
    }

    private mutating func descend(_ node: Int, _ end: Int) -> Int? {
        end == path.count ? choose(nodes[node].endpoints) : walk(node, from: end + 1)
    }

    /// A segment may spell a literal with escapes (`/%61pi` is `/api`).
    private func literal(_ node: Int, _ range: Range<Int>) -> Int? {
        let segment = UnsafeBufferPointer(rebasing: path[range])
        if !nodes[node].literals.isEmpty, segment.contains(0x25) {
            return PercentCoding.decode(segment, plusIsSpace: false).withUnsafeBufferPointer(nodes[node].literal)
        }
        return nodes[node].literal(segment)
    }

    private mutating func choose(_ candidates: [Int]) -> Int? {
        if candidates.isEmpty { return nil }
        if let exact = candidates.first(where: { endpoints[$0].method == method }) { return exact }
        if method == .HEAD, let get = candidates.first(where: { endpoints[$0].method == .GET }) { return get }
        allowed += candidates
        return nil
    }

    var allowHeader: String {
        var methods = Set(allowed.map { endpoints[$0].method.rawValue })
        if methods.contains("GET") { methods.insert("HEAD") }
        return methods.sorted().joined(separator: ", ")
    }
}
