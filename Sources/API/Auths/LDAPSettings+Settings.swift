import DaemonKit
import Identity

extension LDAPSettings {
    init(_ settings: Settings) {
        self.init()
        isEnabled = settings.flag("ENABLE_LDAP")
        host = settings.text("LDAP_SERVER_HOST")
        port = settings.integer("LDAP_SERVER_PORT")
        usesTLS = settings.flag("LDAP_USE_TLS")
        certificateFile = settings.text("LDAP_CA_CERT_FILE")
        validatesCertificate = settings.flag("LDAP_VALIDATE_CERT")
        ciphers = settings.text("LDAP_CIPHERS")
        connectTimeout = settings.duration("LDAP_CONNECT_TIMEOUT")
        totalTimeout = settings.duration("LDAP_TIMEOUT")
        appDN = settings.text("LDAP_APP_DN")
        appPassword = settings.text("LDAP_APP_PASSWORD")
        searchBase = settings.text("LDAP_SEARCH_BASE")
        searchFilter = settings.text("LDAP_SEARCH_FILTER")
        userAttribute = settings.text("LDAP_ATTRIBUTE_FOR_USERNAME")
        mailAttribute = settings.text("LDAP_ATTRIBUTE_FOR_MAIL")
        groupsAttribute = settings.text("LDAP_ATTRIBUTE_FOR_GROUPS")
        managesGroups = settings.flag("ENABLE_LDAP_GROUP_MANAGEMENT") && !groupsAttribute.isEmpty
        createsGroups = settings.flag("ENABLE_LDAP_GROUP_CREATION")
    }
}
