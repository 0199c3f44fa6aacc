extension LDAPServer {
    /// The search as a URL (RFC 4516): `ldap://host:port/base?attribute,…?scope?filter`.
    /// - Throws: `invalidRequest`.
    func url(_ search: LDAPSearch) throws(LDAPError) -> String {
        guard search.base.utf8.count <= LDAPSearch.longestDN, search.filter.utf8.count <= LDAPSearch.longestFilter
        else {
            throw LDAPError(.invalidRequest, "the search base or the filter is too long")
        }
        guard search.attributes.allSatisfy(LDAPFilter.isAttribute) else {
            throw LDAPError(.invalidRequest, "not all of these are names of attributes: \(search.attributes)")
        }
        let attributes = search.attributes.map(Self.encoded).joined(separator: ",")
        return "\(usesTLS ? "ldaps" : "ldap")://\(try authority())/\(Self.encoded(search.base))"
            + "?\(attributes)?\(search.scope.rawValue)?\(Self.encoded(search.filter))"
    }

    private func authority() throws(LDAPError) -> String {
        let isAddress = host.utf8.contains(UInt8(ascii: ":"))
        let allowed = isAddress ? "0123456789abcdefABCDEF:." : Self.hostCharacters
        guard !host.isEmpty, host.utf8.count <= 255, host.allSatisfy(allowed.contains), (1...65535).contains(port)
        else {
            throw LDAPError(.invalidRequest, "this is no host and port: \(host) \(port)")
        }
        return isAddress ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    private static let hostCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"

    /// Everything but RFC 3986's unreserved characters as `%XX`.
    static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        let kept = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            if kept.contains(byte) {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
