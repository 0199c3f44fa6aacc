import Contracts
import Identity

extension PermissionTree {
    /// As Open WebUI tells rights: `{section: {name: true}}`.
    var json: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2_048)
        Self.append(root, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func append(_ section: [String: Node], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        for (name, node) in section {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            JSONText.append(quoted: name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            switch node {
            case .flag(let isOn): bytes.append(contentsOf: (isOn ? "true" : "false").utf8)
            case .section(let children): append(children, to: &bytes)
            }
        }
        bytes.append(UInt8(ascii: "}"))
    }
}
