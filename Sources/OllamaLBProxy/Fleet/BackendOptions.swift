import Contracts
import DaemonKit
import NIOCore

/// What OLLAMA_API_CONFIGS says of one backend, by its index (or, in the old form, its URL).
struct BackendOptions: Equatable, Sendable {
    var isEnabled = true
    /// Sent as a bearer token.
    var key = ""
    /// Models are called `PREFIX.NAME`.
    var prefix = ""
    /// Not empty: only these are used.
    var models: Set<String> = []
    var tags: [JSONValue] = []
    var connectionType = "local"
    var weight = 1.0
    /// 0: as OLLAMA_MAX_IN_FLIGHT says.
    var maxInFlight = 0

    static let weights = 0.01...1000.0

    init() {}

    init(_ value: JSONValue?) {
        if value?["enable"] == .bool(false) { isEnabled = false }
        key = value?["key"]?.text ?? ""
        prefix = value?["prefix_id"]?.text ?? ""
        models = Set((value?["model_ids"]?.elements ?? []).compactMap(\.text))
        tags = value?["tags"]?.elements ?? []
        if let type = value?["connection_type"]?.text, !type.isEmpty { connectionType = type }
        if let given = value?["weight"]?.double, given.isFinite {
            weight = min(Self.weights.upperBound, max(Self.weights.lowerBound, given))
        }
        if let given = value?["max_in_flight"]?.double, given >= 1, given <= 100_000 { maxInFlight = Int(given) }
    }

    static func all(_ settings: Settings, urls: [String]) -> [BackendOptions] {
        let configs = settings.json("OLLAMA_API_CONFIGS")
        return urls.enumerated().map { index, url in BackendOptions(configs[String(index)] ?? configs[url]) }
    }

    /// The backend's own name of a model that clients call `name`; nil: it is not one of this backend's.
    func local(_ name: String) -> String? {
        guard !prefix.isEmpty else { return name }
        return name.hasPrefix(prefix + ".") ? String(name.dropFirst(prefix.count + 1)) : nil
    }

    /// A request's body in which models have the backend's own names. What is no JSON object stays as it is.
    func localised(_ body: ByteBuffer) -> ByteBuffer {
        guard !prefix.isEmpty, var members = try? JSONMembers(body.readableBytesView) else { return body }
        for key in ["model", "name", "source", "from"] {
            if let name = members.text(key).flatMap(local) { members.set(key, text: name) }
        }
        return ByteBuffer(bytes: members.encoded)
    }

    func visible(_ name: String) -> String { prefix.isEmpty ? name : "\(prefix).\(name)" }

    /// - Parameter name: the backend's own.
    func admits(_ name: String) -> Bool {
        models.isEmpty || models.contains(name)
            || models.contains { ModelName.normalised($0) == ModelName.normalised(name) }
    }
}
