/// The header of one part of a form (RFC 7578, section 4.2).
public struct MultipartHead: Equatable, Sendable {
    public var name: String
    /// As the client says; nil where the part is no file. Not to be used as a path.
    public var filename: String?
    public var contentType: String?

    public init(name: String, filename: String? = nil, contentType: String? = nil) {
        self.name = name
        self.filename = filename
        self.contentType = contentType
    }

    /// From header lines; nil without a `Content-Disposition: form-data` that has a name.
    init?(_ text: String) {
        var disposition: HeaderParameters?
        for line in text.split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            switch line[..<colon].lowercased() {
            case "content-disposition": disposition = HeaderParameters(String(value))
            case "content-type": contentType = String(value)
            default: break
            }
        }
        guard let disposition, disposition.value.lowercased() == "form-data",
            let name = disposition.parameters["name"]
        else { return nil }
        self.name = Self.unescaped(name)
        filename = disposition.parameters["filename"].map(Self.unescaped)
    }

    /// Browsers write quotes and line ends as `%22`, `%0D` and `%0A`, and nothing else so (WHATWG, form submission).
    private static func unescaped(_ text: String) -> String {
        text.replacing("%22", with: "\"").replacing("%0D", with: "\r").replacing("%0A", with: "\n")
    }
}

/// A header's value and its parameters: `form-data; name="file"; filename="a.txt"` (RFC 9110, section 5.6.6).
struct HeaderParameters: Equatable {
    var value: String
    /// By names in lower case; the first of several with one name.
    var parameters: [String: String] = [:]

    init?(_ text: String) {
        var rest = text[...]
        value = String(Self.take(&rest) { $0 != ";" }).trimmed
        while rest.first == ";" {
            rest.removeFirst()
            let name = String(Self.take(&rest) { $0 != "=" && $0 != ";" }).trimmed.lowercased()
            guard rest.first == "=" else {
                if name.isEmpty { continue }
                return nil
            }
            rest.removeFirst()
            rest = rest.drop { $0 == " " || $0 == "\t" }
            let content: String
            if rest.first == "\"" {
                guard let quoted = Self.quoted(&rest) else { return nil }
                content = quoted
                rest = rest.drop { $0 == " " || $0 == "\t" }
            } else {
                content = String(Self.take(&rest) { $0 != ";" }).trimmed
            }
            if parameters[name] == nil { parameters[name] = content }
        }
        guard rest.isEmpty else { return nil }
    }

    private static func take(_ rest: inout Substring, while condition: (Character) -> Bool) -> Substring {
        let taken = rest.prefix(while: condition)
        rest = rest.dropFirst(taken.count)
        return taken
    }

    /// A quoted string with its quotes; nil when it does not end.
    private static func quoted(_ rest: inout Substring) -> String? {
        rest.removeFirst()
        var content = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"": return content
            // Some clients write backslashes of Windows' paths as they are.
            case "\\" where rest.first == "\"" || rest.first == "\\": content.append(rest.removeFirst())
            default: content.append(character)
            }
        }
        return nil
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
