import NIOHTTP1
import Testing

@testable import HTTPFront

@Suite struct RouterTests {
    static func table() throws -> Router<String> {
        let routes: [(HTTPMethod, String)] = [
            (.GET, "/"), (.GET, "/chats"), (.GET, "/chats/"), (.POST, "/chats/"), (.GET, "/chats/all"),
            (.GET, "/chats/{id}"), (.DELETE, "/chats/{id}"), (.GET, "/chats/{id}/pin"), (.POST, "/chats/all/archive"),
            (.GET, "/chats/{id}/{part}"), (.GET, "/files/{id}/content/{name:path}"), (.GET, "/{page}/x"),
            (.HEAD, "/own"), (.GET, "/own"),
        ]
        return try Router(routes.map { (method: $0.0, pattern: $0.1, value: "\($0.0.rawValue) \($0.1)") })
    }

    static func outcome(_ method: HTTPMethod, _ path: String) throws -> String {
        switch try table().lookup(method, path[...]) {
        case .found(let value, let parameters):
            return ([value] + zip(parameters.names, parameters.values).map { "\($0)=\($1)" }).joined(separator: " ")
        case .notFound: return "404"
        case .methodNotAllowed(let allow): return "405 \(allow)"
        case .malformed: return "400"
        }
    }

    @Test(
        "a path finds its route",
        arguments: [
            (HTTPMethod.GET, "/", "GET /"), (.GET, "/chats", "GET /chats"), (.GET, "/chats/", "GET /chats/"),
            (.POST, "/chats/", "POST /chats/"), (.POST, "/chats", "405 GET, HEAD"),
            (.GET, "/chats/all", "GET /chats/all"), (.GET, "/chats/1", "GET /chats/{id} id=1"),
            (.DELETE, "/chats/all", "DELETE /chats/{id} id=all"), (.PUT, "/chats/all", "405 DELETE, GET, HEAD"),
            (.GET, "/chats/all/pin", "GET /chats/{id}/pin id=all"),
            (.GET, "/chats/all/archive", "GET /chats/{id}/{part} id=all part=archive"),
            (.GET, "/chats/1/2", "GET /chats/{id}/{part} id=1 part=2"), (.GET, "/chats/1/2/3", "404"),
            (.GET, "/chats/x", "GET /chats/{id} id=x"), (.GET, "/chat/x", "GET /{page}/x page=chat"),
            (.GET, "/files/7/content/a/b%20c", "GET /files/{id}/content/{name:path} id=7 name=a/b c"),
            (.GET, "/files/7/content/", "GET /files/{id}/content/{name:path} id=7 name="),
            (.GET, "/files//content/a", "404"), (.GET, "//x", "404"), (.GET, "", "404"), (.GET, "chats", "404"),
            (.OPTIONS, "*", "404"), (.GET, "/ch%61ts", "GET /chats"), (.GET, "/chats%2f", "404"),
            (.GET, "/chats/a%2Fb", "GET /chats/{id} id=a/b"), (.GET, "/chats/%C3%A9", "GET /chats/{id} id=é"),
            (.GET, "/chats/%ff", "400"), (.GET, "/chats/%00", "400"), (.GET, "/chats/%zz", "GET /chats/{id} id=%zz"),
            (.GET, "/chats/%4", "GET /chats/{id} id=%4"), (.HEAD, "/chats", "GET /chats"), (.HEAD, "/own", "HEAD /own"),
        ])
    func lookup(_ method: HTTPMethod, _ path: String, _ expected: String) throws {
        #expect(try Self.outcome(method, path) == expected)
    }

    @Test("a pattern that is malformed or there twice is refused")
    func patterns() {
        func make(_ patterns: String...) throws(RouterError) {
            _ = try Router(patterns.map { (method: .GET, pattern: $0, value: 0) })
        }
        for pattern in ["a", "", "/{", "/a{b}", "/{a:path}/b", "/{}", "/{a}/{a}", "/{a:int}"] {
            #expect(throws: RouterError.malformed(pattern)) { try make(pattern) }
        }
        #expect(throws: RouterError.duplicate("GET /{b}")) { try make("/{a}", "/{b}") }
    }

    @Test("a path of very many segments is answered")
    func deep() throws {
        #expect(try Self.outcome(.GET, String(repeating: "/chats", count: 5000)) == "404")
    }

    @Test("a query is decoded, name by name")
    func query() {
        let query = QueryParameters("a=1&b=x+y%21&a=2&&c&=d&e=%ff&f=a=b")
        #expect(query["a"] == "1" && query.all("a") == ["1", "2"] && query["b"] == "x y!")
        #expect(query["c"] == "" && query[""] == "d" && query["e"] == "\u{fffd}" && query["f"] == "a=b")
        #expect(query["x"] == nil && query.map(\.name) == ["a", "b", "a", "c", "", "e", "f"])
    }
}
