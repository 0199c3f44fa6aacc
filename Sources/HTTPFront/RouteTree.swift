import NIOHTTP1

/// A place in the tree of path segments.
struct RouteNode: Sendable {
    /// Sorted by length, then bytes.
    var literals: [(segment: [UInt8], node: Int)] = []
    var parameter: Int?
    /// Routes that end here, as indices.
    var endpoints: [Int] = []
    /// Routes whose `{name:path}` starts here.
    var tails: [Int] = []

    func literal(_ segment: UnsafeBufferPointer<UInt8>) -> Int? {
        var low = 0
        var high = literals.count
        while low < high {
            let middle = (low + high) / 2
            let order = Self.compare(literals[middle].segment, segment)
            if order == 0 { return literals[middle].node }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    static func compare(_ left: [UInt8], _ right: UnsafeBufferPointer<UInt8>) -> Int {
        if left.count != right.count { return left.count - right.count }
        for index in 0..<left.count where left[index] != right[index] { return Int(left[index]) - Int(right[index]) }
        return 0
    }
}

struct RouteEndpoint<Value: Sendable>: Sendable {
    let method: HTTPMethod
    /// Of the parameters, in order.
    let names: [String]
    let value: Value
}

/// Grows the tree; only used while a router is made.
struct RouteTreeBuilder<Value: Sendable> {
    private var nodes = [RouteNode()]
    private var endpoints: [RouteEndpoint<Value>] = []

    mutating func add(_ method: HTTPMethod, _ pattern: String, _ value: Value) throws(RouterError) {
        guard pattern.hasPrefix("/") else { throw .malformed(pattern) }
        let segments = pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        var node = 0
        var names: [String] = []
        for (index, segment) in segments.enumerated() {
            guard segment.hasPrefix("{"), segment.hasSuffix("}") else {
                guard !segment.contains("{"), !segment.contains("}") else { throw .malformed(pattern) }
                node = literalChild(of: node, Array(segment.utf8))
                continue
            }
            let name = String(segment.dropFirst().dropLast())
            if name.hasSuffix(":path") {
                guard index == segments.count - 1 else { throw .malformed(pattern) }
                names.append(String(name.dropLast(5)))
                return try end(\.tails, at: node, method, names, value, pattern)
            }
            guard !name.isEmpty, !names.contains(name), !name.contains(":") else { throw .malformed(pattern) }
            names.append(name)
            node = parameterChild(of: node)
        }
        try end(\.endpoints, at: node, method, names, value, pattern)
    }

    func build() -> ([RouteNode], [RouteEndpoint<Value>]) {
        (nodes, endpoints)
    }

    private mutating func end(
        _ list: WritableKeyPath<RouteNode, [Int]>, at node: Int, _ method: HTTPMethod, _ names: [String],
        _ value: Value, _ pattern: String
    ) throws(RouterError) {
        guard !nodes[node][keyPath: list].contains(where: { endpoints[$0].method == method }) else {
            throw .duplicate("\(method.rawValue) \(pattern)")
        }
        nodes[node][keyPath: list].append(endpoints.count)
        endpoints.append(RouteEndpoint(method: method, names: names, value: value))
    }

    private mutating func parameterChild(of node: Int) -> Int {
        if let child = nodes[node].parameter { return child }
        nodes.append(RouteNode())
        nodes[node].parameter = nodes.count - 1
        return nodes.count - 1
    }

    private mutating func literalChild(of node: Int, _ segment: [UInt8]) -> Int {
        if let child = segment.withUnsafeBufferPointer({ nodes[node].literal($0) }) { return child }
        nodes.append(RouteNode())
        nodes[node].literals.append((segment, nodes.count - 1))
        nodes[node].literals.sort { left, right in
            right.segment.withUnsafeBufferPointer { RouteNode.compare(left.segment, $0) < 0 }
        }
        return nodes.count - 1
    }
}
