import Contracts

/// A list of texts as one argument: the statement's text does not change with its length.
public enum SQLList {
    /// A subquery of the elements of the next argument. Dialect point: how JSON becomes rows.
    public static func elements(_ dialect: SQLDialect) -> String {
        switch dialect {
        case .sqlite: "SELECT value FROM json_each(?)"
        case .postgresql: "SELECT jsonb_array_elements_text(CAST(? AS jsonb))"
        }
    }

    public static func argument(_ texts: [String]) -> SQLValue { .text(JSONText.array(texts.map(JSONText.quoted))) }
}
