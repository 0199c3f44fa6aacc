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
        let attributes = search.attributes.map(PercentEncoding.encode).joined(separator: ",")
        return "\(usesTLS ? "ldaps" : "ldap")://\(try authority())/\(PercentEncoding.encode(search.base))"
            + "?\(attributes)?\(search.scope.rawValue)?\(PercentEncoding.encode(search.filter))"
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
}
