import ArgumentParser
import Storage

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring an Open WebUI webui.db into a database without accounts.",
        discussion: """
            FILE is the webui.db of Open WebUI 0.8.3 (start that once on an older one), which should not run meanwhile. \
            It is opened for reading only, and not changed. Everything arrives in one transaction, or nothing does.

            PostgreSQL is stricter than SQLite. Numbers, truth values and times are converted. Where a value cannot be \
            held, it is changed: NUL characters are taken out, invalid UTF-8 becomes U+FFFD, JSON that holds NaN, \
            Infinity, \\u0000 or half a surrogate pair is mended, what is no JSON becomes a JSON string, text that is \
            too long is cut, and what has not the type of its column becomes NULL. Left out are rows that refer to a row \
            that is not there, as they do after a deletion, rows whose key cannot be held, and tables and columns that \
            Open WebUI 0.8.3 does not have. All of that is counted and listed at the end; FILE still holds it.

            Not imported: the uploads (copy the directory), the vectors, the secret key.
            """)

    @Argument(help: "Open WebUI's webui.db.")
    var file: String
    @OptionGroup var options: DatabaseOptions

    func validate() throws { try TransferFile.validate(file) }

    func run() throws {
        RestoreCommand.run(.import, file, options.place(), mayReplaceAccounts: false)
    }
}
