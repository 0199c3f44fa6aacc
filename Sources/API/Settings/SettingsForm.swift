import Contracts
import DaemonKit
import HTTPFront
import NIOCore

/// A body whose members are settings, by their names; and the same as an answer.
struct SettingsForm: Sendable {
    let keys: [String]
    /// Every key must be there; else any subset will do.
    var isWhole = true
    /// Keys that may be left out of a whole form, or be null.
    var optional: Set<String> = []

    /// The members that are settings of this form, each valid for its kind. Others are ignored, as the frontend posts
    /// back what it got.
    func values(_ body: ByteBuffer) throws(HTTPError) -> [String: JSONValue] {
        var form = try Validation(body)
        let values = values(&form)
        try form.check()
        return values
    }

    func values(_ form: inout Validation) -> [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        for key in keys {
            guard let setting = SettingDefinition.named(key) else { continue }
            guard let given = form.document[key] else {
                if isWhole, !optional.contains(key) { form.missing(key) }
                continue
            }
            if let value = Self.value(given, setting.kind, mayBeNull: optional.contains(key)) {
                values[key] = value
            } else {
                form.problem(key, type: Self.problemType(setting.kind), "Input should be \(setting.kind.allowed)")
            }
        }
        return values
    }

    /// Stands for a secret that is there; posted back, it leaves the secret as it is.
    static let mask = "********"

    /// As JSON, with the values in force.
    func json(_ settings: Settings) -> JSONValue {
        .object(Dictionary(uniqueKeysWithValues: keys.map { ($0, settings.json($0)) }))
    }

    /// The same for whoever has just posted `values`: an empty text that is saved as such is not told as null.
    func json(_ settings: Settings, posted values: [String: JSONValue]) -> JSONValue {
        let empty = values.filter { $0.value == .string("") && settings.text($0.key).isEmpty }
        return json(settings).merging(.object(empty))
    }

    private static func value(_ given: JSONValue, _ kind: SettingKind, mayBeNull: Bool) -> JSONValue? {
        if given == .null {
            if kind == .nullableText { return .null }
            if case .optionalInteger = kind { return .null }
            return mayBeNull ? kind.normalised("").map(kind.json) : nil
        }
        switch (kind, given) {
        case (.boolean, .bool), (.list, .array), (.urls, .array), (.texts, .array), (.object, .object): break
        case (.endpoints, .array), (.positionalTexts, .array): break
        case (.names, .array), (.listText, .array): break
        case (.integer, .integer), (.optionalInteger, .integer), (.text, .integer): break
        case (.integer, .number), (.optionalInteger, .number):
            return given.whole.flatMap { value(.integer($0), kind, mayBeNull: mayBeNull) }
        case (.number, .integer), (.number, .number): break
        case (.boolean, _), (.list, _), (.urls, _), (.texts, _), (.object, _), (.integer, _): return nil
        case (.endpoints, _), (.positionalTexts, _), (.optionalInteger, _), (.number, _): return nil
        case (_, .string(let text)) where !text.utf8.contains(0): break
        default: return nil
        }
        guard let text = kind.text(saved: given), let normal = kind.normalised(text) else { return nil }
        if case (.nullableText, .string) = (kind, given) { return given }
        // Open WebUI takes a number for some texts, and keeps it as it came.
        if case (.text, .integer) = (kind, given) { return given }
        return kind.json(normal)
    }

    private static func problemType(_ kind: SettingKind) -> String {
        switch kind {
        case .boolean: "bool_type"
        case .integer, .optionalInteger: "int_type"
        case .number: "float_type"
        case .list, .urls, .texts, .endpoints, .positionalTexts: "list_type"
        case .object: "dict_type"
        default: "value_error"
        }
    }
}

extension Settings {
    /// The value as it is saved; a secret that is there is masked.
    func masked(_ key: String) -> JSONValue {
        let isHidden = SettingDefinition.named(key)?.isSecret == true && !text(key).isEmpty
        return isHidden ? .string(SettingsForm.mask) : json(key)
    }
}
