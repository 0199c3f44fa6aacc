import Contracts
import DaemonKit

/// One server with OpenAI's API: its address, key and configuration (the OPENAI_API_* settings, by position).
struct OpenAIConnection: Sendable, Equatable {
    enum Authentication: Sendable, Equatable {
        /// The key as a bearer token (Azure: in `api-key`).
        case bearer
        case none
        /// The caller's own session token.
        case session
        /// The caller's token at the provider with which they signed in.
        case systemOAuth
        /// Not possible here.
        case unknown(String)
    }

    var index: Int
    /// Without a slash at its end.
    var url: String
    var key: String
    var isEnabled = true
    /// In front of each model's id, with a dot between; empty: none.
    var prefix = ""
    /// JSON, as it is configured; nil: none.
    var tags: JSONValue?
    /// These and no others; empty: what the server lists.
    var modelIDs: [String] = []
    /// "external" or "local".
    var connectionType = "external"
    var provider: String?
    var authentication = Authentication.bearer
    var headers: [(name: String, value: String)] = []
    var isAzure = false
    var apiVersion = Self.defaultAPIVersion
    /// Chats are asked through `/responses`.
    var usesResponses = false

    static let defaultAPIVersion = "2023-03-15-preview"

    init(index: Int, url: String, key: String, config: JSONValue?) {
        self.index = index
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.key = key
        guard let config else { return }
        isEnabled = config["enable"] != .bool(false)
        prefix = config["prefix_id"]?.text ?? ""
        if let given = config["tags"], given.elements?.isEmpty == false { tags = given }
        modelIDs = (config["model_ids"]?.elements ?? []).compactMap { $0.text ?? $0["id"]?.text }
        connectionType = config["connection_type"]?.text.flatMap { $0.isEmpty ? nil : $0 } ?? connectionType
        provider = config["provider"]?.text.flatMap { $0.isEmpty ? nil : $0 }
        authentication = Self.authentication(config["auth_type"]?.text)
        if case .object(let members)? = config["headers"] {
            headers = members.sorted { $0.key < $1.key }.compactMap { name, value in
                value.text.map { (name, $0) }
            }
        }
        isAzure = config["azure"] == .bool(true)
        if let version = config["api_version"]?.text, !version.isEmpty { apiVersion = version }
        usesResponses = config["api_type"]?.text == "responses"
    }

    private static func authentication(_ name: String?) -> Authentication {
        switch name {
        case nil, "", "bearer": .bearer
        case "none": .none
        case "session": .session
        case "system_oauth": .systemOAuth
        case let other?: .unknown(other)
        }
    }

    /// All that are configured and enabled; none while ENABLE_OPENAI_API is off. A configuration is found by the
    /// connection's number, or (as older ones were saved) by its address.
    static func all(_ settings: Settings) -> [OpenAIConnection] {
        guard settings.flag("ENABLE_OPENAI_API") else { return [] }
        let urls = (settings.json("OPENAI_API_BASE_URLS").elements ?? []).compactMap(\.text)
        let keys = (settings.json("OPENAI_API_KEYS").elements ?? []).map { $0.text ?? "" }
        let configs = settings.json("OPENAI_API_CONFIGS")
        return urls.enumerated().map { index, url in
            OpenAIConnection(
                index: index, url: url, key: index < keys.count ? keys[index] : "",
                config: configs[String(index)] ?? configs[url])
        }.filter(\.isEnabled)
    }

    /// OpenAI's own service.
    var isOpenAI: Bool { url.contains("api.openai.com") }
    var isAnthropic: Bool { url.contains("api.anthropic.com") }

    /// The id under which this connection's model is listed.
    func listed(_ model: String) -> String { prefix.isEmpty ? model : "\(prefix).\(model)" }

    /// What the server calls a listed model.
    func plain(_ listed: String) -> String {
        guard !prefix.isEmpty, listed.hasPrefix(prefix + ".") else { return listed }
        return String(listed.dropFirst(prefix.count + 1))
    }

    static func == (left: OpenAIConnection, right: OpenAIConnection) -> Bool {
        left.index == right.index && left.url == right.url && left.key == right.key
            && left.prefix == right.prefix && left.tags == right.tags && left.modelIDs == right.modelIDs
            && left.connectionType == right.connectionType && left.provider == right.provider
            && left.authentication == right.authentication
            && left.headers.elementsEqual(right.headers) { $0.name == $1.name && $0.value == $1.value }
            && left.isAzure == right.isAzure && left.apiVersion == right.apiVersion
            && left.usesResponses == right.usesResponses
    }

    /// For logs and figures: never the key, nor what an address may hide.
    var name: String { "\(index) (\(Self.withoutCredentials(url)))" }

    static func withoutCredentials(_ url: String) -> String {
        guard let scheme = url.range(of: "://") else { return url }
        let rest = url[scheme.upperBound...]
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        guard let at = rest[..<end].lastIndex(of: "@") else { return String(url.prefix { $0 != "?" }) }
        return String(url[..<scheme.upperBound] + rest[rest.index(after: at)...].prefix { $0 != "?" })
    }
}
