import FoundationEssentials

/// The rights of an account as a tree of switches: section, name, on or off.
///
/// The defaults are Open WebUI 0.8.3's, except that `features.api_keys` is on here.
public struct PermissionTree: Sendable, Equatable {
    public private(set) var root: [String: Node]

    public indirect enum Node: Sendable, Equatable {
        case flag(Bool)
        case section([String: Node])
    }

    public init(_ root: [String: Node] = [:]) {
        self.root = root
    }

    /// - Throws: a decoding error if `json` is no object.
    public init(json: some Collection<UInt8>) throws {
        root = try JSONDecoder().decode([String: Node].self, from: Data(json))
    }

    /// Whether the switch at a dotted path, such as `features.api_keys`, is on. What is absent is off.
    public func allows(_ path: String) -> Bool {
        var node = Node.section(root)
        for name in path.split(separator: ".") {
            guard case .section(let children) = node, let child = children[String(name)] else { return false }
            node = child
        }
        return node == .flag(true)
    }

    /// On if it is on in either: groups only ever add.
    public func merging(_ other: PermissionTree) -> PermissionTree {
        PermissionTree(Self.merge(root, other.root))
    }

    /// This tree, with what it does not say taken from `defaults`; what `defaults` does not know is left out.
    public func completed(from defaults: PermissionTree) -> PermissionTree {
        PermissionTree(Self.complete(root, defaults.root))
    }

    private static func complete(_ given: [String: Node], _ defaults: [String: Node]) -> [String: Node] {
        defaults.reduce(into: [:]) { result, entry in
            switch (given[entry.key], entry.value) {
            case (.flag(let on)?, .flag): result[entry.key] = .flag(on)
            case (.section(let part)?, .section(let known)): result[entry.key] = .section(complete(part, known))
            default: result[entry.key] = entry.value
            }
        }
    }

    private static func merge(_ left: [String: Node], _ right: [String: Node]) -> [String: Node] {
        left.merging(right) { ours, theirs in
            switch (ours, theirs) {
            case (.flag(let ours), .flag(let theirs)): .flag(ours || theirs)
            case (.section(let ours), .section(let theirs)): .section(merge(ours, theirs))
            // A tree of another shape: the default's shape is the one that is known.
            case (.flag, .section), (.section, .flag): ours
            }
        }
    }
}

extension PermissionTree.Node: Codable {
    public init(from decoder: any Decoder) throws {
        if let children = try? decoder.container(keyedBy: AnyKey.self) {
            var section: [String: PermissionTree.Node] = [:]
            for key in children.allKeys {
                section[key.stringValue] = try children.decode(PermissionTree.Node.self, forKey: key)
            }
            self = .section(section)
        } else {
            self = .flag((try? decoder.singleValueContainer().decode(Bool.self)) ?? false)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .flag(let flag): try container.encode(flag)
        case .section(let children): try container.encode(children)
        }
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

extension PermissionTree: Codable {
    public init(from decoder: any Decoder) throws {
        root = try decoder.singleValueContainer().decode([String: Node].self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(root)
    }
}
