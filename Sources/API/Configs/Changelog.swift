import Contracts

/// What the frontend shows once after an upgrade: `{version: {date, section: [{title, content, raw}]}}`.
enum Changelog {
    private static let date = "2026-11-25"
    private static let added = [
        (
            "Martlet",
            "This server is Martlet: the same interface and the same data, in a few small processes that restart one by one."
        )
    ]

    static func json(_ version: String) -> String {
        let entries = added.map { title, content -> JSONValue in
            .object([
                "title": .string(title), "content": .string(content),
                "raw": .string("<li><strong>\(title)</strong> \(content)</li>"),
            ])
        }
        return JSONValue.object([version: .object(["date": .string(date), "added": .array(entries)])]).encoded
    }
}
