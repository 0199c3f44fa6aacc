import Egress

/// Where a request to a connection goes.
enum OpenAIRequestURL {
    /// - Parameters:
    ///   - path: below the base address, a query included.
    ///   - model: the server's own name of the model; empty: none is spoken of.
    static func url(_ connection: OpenAIConnection, path: String, model: String) -> String {
        guard connection.isAzure else { return connection.url + path }
        let bare = path.prefix { $0 != "?" }
        let query = path.dropFirst(bare.count).dropFirst()
        let place =
            switch bare {
            // These name the model in the body.
            case "/responses", "/models": "/openai\(bare)"
            case _ where bare.hasPrefix("/responses/"): "/openai\(bare)"
            default: model.isEmpty ? "/openai\(bare)" : "/openai/deployments/\(PercentEncoding.encode(model))\(bare)"
            }
        let version = "api-version=\(PercentEncoding.encode(connection.apiVersion))"
        return connection.url + place + "?" + (query.isEmpty ? version : "\(query)&\(version)")
    }

    /// Whether a path that a client chose stays below the base address: no `..`, however it is written, and nothing
    /// that a server could read as another authority.
    static func isConfined(_ path: String) -> Bool {
        guard path.hasPrefix("/"), !path.hasPrefix("//"), !path.contains("\\"), !path.contains("#") else {
            return false
        }
        let bare = path.prefix { $0 != "?" }.lowercased().replacing("%2e", with: ".")
        guard !bare.contains("%2f"), !bare.contains("%5c") else { return false }
        return bare.split(separator: "/").allSatisfy { $0 != ".." && $0 != "." }
    }
}
