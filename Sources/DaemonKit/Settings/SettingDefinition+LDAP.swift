extension SettingDefinition {
    /// Sign-in with a directory.
    static let ldap: [SettingDefinition] = [
        .init("ENABLE_LDAP", "false", .boolean, "People sign in with an LDAP directory", persistedAt: "ldap.enable"),
        .init(
            "LDAP_SERVER_LABEL", "LDAP Server", .text, "Name of the directory, for administrators",
            persistedAt: "ldap.server.label"),
        .init("LDAP_SERVER_HOST", "localhost", .text, "Its host", persistedAt: "ldap.server.host"),
        .init("LDAP_SERVER_PORT", "389", .integer(1...65535), "Its port", persistedAt: "ldap.server.port"),
        .init(
            "LDAP_USE_TLS", "true", .boolean, "It is spoken to by ldaps (StartTLS does not exist)",
            persistedAt: "ldap.server.use_tls"),
        .init(
            "LDAP_CA_CERT_FILE", "", .text, "File of the authorities that certify it (empty: the system's)",
            persistedAt: "ldap.server.ca_cert_file"),
        .init(
            "LDAP_VALIDATE_CERT", "true", .boolean, "Its certificate must be good",
            persistedAt: "ldap.server.validate_cert"),
        .init(
            "LDAP_CIPHERS", "ALL", .text, "OpenSSL's cipher list for TLS 1.2 (ALL: OpenSSL's default)",
            persistedAt: "ldap.server.ciphers"),
        .init(
            "LDAP_APP_DN", "", .text, "Who searches (empty: the search is anonymous)", persistedAt: "ldap.server.app_dn"
        ),
        .init(
            "LDAP_APP_PASSWORD", "", .text, "With this password", isSecret: true,
            persistedAt: "ldap.server.app_password"),
        .init("LDAP_SEARCH_BASE", "", .text, "DN below which people are", persistedAt: "ldap.server.users_dn"),
        .init(
            "LDAP_SEARCH_FILTER", "", .text, "Filters that their entries match too, as (objectClass=person)",
            persistedAt: "ldap.server.search_filter", aliases: ["LDAP_SEARCH_FILTERS"]),
        .init(
            "LDAP_ATTRIBUTE_FOR_USERNAME", "uid", .text, "Attribute with the name that people type",
            persistedAt: "ldap.server.attribute_for_username"),
        .init(
            "LDAP_ATTRIBUTE_FOR_MAIL", "mail", .text, "Attribute with the e-mail, which tells whose account it is",
            persistedAt: "ldap.server.attribute_for_mail"),
        .init(
            "ENABLE_LDAP_GROUP_MANAGEMENT", "false", .boolean, "Groups of non-administrators are the directory's",
            persistedAt: "ldap.group.enable_management"),
        .init(
            "ENABLE_LDAP_GROUP_CREATION", "false", .boolean, "Groups that are not there are made",
            persistedAt: "ldap.group.enable_creation"),
        .init(
            "LDAP_ATTRIBUTE_FOR_GROUPS", "memberOf", .text, "Attribute with the DNs of the groups",
            persistedAt: "ldap.server.attribute_for_groups"),
        .init(
            "LDAP_CONNECT_TIMEOUT", "5s", .duration(.milliseconds(100) ... .seconds(60)),
            "Time until the directory has answered a bind"),
        .init(
            "LDAP_TIMEOUT", "10s", .duration(.milliseconds(100) ... .seconds(120)),
            "Time for one search or one bind in the whole"),
    ]
}
