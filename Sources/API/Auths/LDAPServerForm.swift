import Contracts
import DaemonKit

/// The directory's settings under the names of Open WebUI's form.
struct LDAPServerForm: Sendable {
    private struct Member {
        var name: String
        var key: String
        /// What a form that leaves it out means; nil: it must be there, and not be empty.
        var fallback: JSONValue?
    }

    private static let members = [
        Member(name: "label", key: "LDAP_SERVER_LABEL"), Member(name: "host", key: "LDAP_SERVER_HOST"),
        Member(name: "port", key: "LDAP_SERVER_PORT", fallback: .integer(389)),
        Member(name: "attribute_for_mail", key: "LDAP_ATTRIBUTE_FOR_MAIL", fallback: .string("mail")),
        Member(name: "attribute_for_username", key: "LDAP_ATTRIBUTE_FOR_USERNAME", fallback: .string("uid")),
        Member(name: "app_dn", key: "LDAP_APP_DN"), Member(name: "app_dn_password", key: "LDAP_APP_PASSWORD"),
        Member(name: "search_base", key: "LDAP_SEARCH_BASE"),
        Member(name: "search_filters", key: "LDAP_SEARCH_FILTER", fallback: .string("")),
        Member(name: "use_tls", key: "LDAP_USE_TLS", fallback: .bool(true)),
        Member(name: "certificate_path", key: "LDAP_CA_CERT_FILE", fallback: .string("")),
        Member(name: "validate_cert", key: "LDAP_VALIDATE_CERT", fallback: .bool(true)),
        Member(name: "ciphers", key: "LDAP_CIPHERS", fallback: .string("ALL")),
    ]
    /// These must not be empty, though they may be left out.
    private static let neverEmpty: Set = ["attribute_for_mail", "attribute_for_username"]

    /// By the names of settings, in the JSON types in which they are saved.
    private(set) var values: [String: JSONValue] = [:]
    /// Names of members that must not be empty and are, in the form's order.
    private(set) var empty: [String] = []

    init() {}

    /// Reads a form; what is wrong is noted in it.
    /// - Parameters:
    ///   - isWhole: whether everything must be there, and what is not has its default; else any subset will do.
    ///   - hasPassword: whether one is stored, so that the mask stands for something.
    init(_ form: inout Validation, isWhole: Bool, hasPassword: Bool) {
        for member in Self.members {
            let given = form.document[member.name]
            if given == nil || given == .null && member.fallback != nil {
                if !isWhole { continue }
                if let fallback = member.fallback {
                    values[member.key] = fallback
                    continue
                }
            }
            guard let kind = SettingDefinition.named(member.key)?.kind else { continue }
            var value = Self.value(member.name, kind, &form)
            if member.name == "app_dn_password", value == .string(SettingsForm.mask) {
                if hasPassword || !isWhole { continue }
                value = .string("")
            }
            if value == .string(""), Self.neverEmpty.contains(member.name) || isWhole && member.fallback == nil {
                empty.append(member.name)
            }
            values[member.key] = value
        }
    }

    private static func value(_ name: String, _ kind: SettingKind, _ form: inout Validation) -> JSONValue {
        switch kind {
        case .boolean: return .bool(form.optionalFlag(name) ?? false)
        case .integer(let range):
            let given = form.document[name]
            let number = form.integer(name)
            if given == .integer(number) || given?.text == String(number), !range.contains(Int(clamping: number)) {
                form.problem(name, type: "value_error", "Input should be \(kind.allowed)")
            }
            return .integer(number)
        default: return .string(form.text(name).trimmingSpaces())
        }
    }

    /// The values in force, the password masked.
    static func json(_ settings: Settings) -> JSONValue {
        .object(Dictionary(uniqueKeysWithValues: members.map { ($0.name, settings.masked($0.key)) }))
    }
}
