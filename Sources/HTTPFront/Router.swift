public import NIOHTTP1

/// A table of routes, built once. Patterns: `/chats/{id}/pin`; `{name:path}` as the last segment takes all the rest.
///
/// A literal segment wins over `{name}`, that over `{name:path}`; a branch that leads nowhere, or to other methods
/// only, is left again. A trailing slash counts: `/chats` and `/chats/` are two routes. A HEAD without a route of its
/// own is served by GET's. A lookup allocates only for the parameters it found.
public struct Router<Value: Sendable>: Sendable {
    private let nodes: [RouteNode]
    private let endpoints: [RouteEndpoint<Value>]

    /// - Throws: `RouterError` for a pattern that is malformed or there twice.
    public init(_ routes: [(method: HTTPMethod, pattern: String, value: Value)]) throws(RouterError) {
        var builder = RouteTreeBuilder<Value>()
        for route in routes { try builder.add(route.method, route.pattern, route.value) }
        (nodes, endpoints) = builder.build()
    }

    public enum Lookup {
        case found(Value, PathParameters)
        case notFound
        /// The path has routes, for other methods: the value of `Allow`.
        case methodNotAllowed(allow: String)
        /// A parameter is not UTF-8, or holds a NUL.
        case malformed
    }

    /// `path`: as sent, without the query.
    public func lookup(_ method: HTTPMethod, _ path: Substring) -> Lookup {
        var path = path
        return path.withUTF8 { bytes in
            guard bytes.first == 0x2f else { return .notFound }
            var search = RouteSearch(nodes: nodes, endpoints: endpoints, path: bytes, method: method)
            guard let endpoint = search.run() else {
                return search.allowed.isEmpty ? .notFound : .methodNotAllowed(allow: search.allowHeader)
            }
            return found(endpoints[endpoint], search.captures, bytes)
        }
    }

    private func found(
        _ endpoint: RouteEndpoint<Value>, _ captures: [Range<Int>], _ path: UnsafeBufferPointer<UInt8>
    ) -> Lookup {
        guard !captures.isEmpty else { return .found(endpoint.value, PathParameters()) }
        var values: [String] = []
        values.reserveCapacity(captures.count)
        for capture in captures {
            let raw = UnsafeBufferPointer(rebasing: path[capture])
            guard let value = PercentCoding.decodeStrictly(raw) else { return .malformed }
            values.append(value)
        }
        return .found(endpoint.value, PathParameters(names: endpoint.names, values: values))
    }
}

public enum RouterError: Error, Equatable {
    case malformed(String)
    case duplicate(String)
}
