import ArgumentParser
import Storage

struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the database, while the server runs, into one SQLite file.",
        discussion: """
            FILE is a webui.db that `martlet restore`, `martlet import` and Open WebUI 0.8.3 take, whichever database \
            is configured. It is one state of the database: all that was committed before, no transaction by half. It \
            is written to FILE.partial, read through, then renamed; interrupted at any point, it leaves FILE as it was.

            Not in it: the secret key (.webui_secret_key in the data directory; without it every session ends), \
            the uploads, and the vectors.
            """)

    @Argument(help: "The file to make.")
    var file: String
    @Flag(help: "Replace FILE if it exists.")
    var force = false
    @OptionGroup var options: DatabaseOptions

    func validate() throws { try TransferFile.validate(file) }

    func run() throws {
        let place = options.place()
        let (path, force) = (Directories.absolute(file), force)
        TransferCommand.run { control in
            try DatabaseBackup(of: place.database, to: path, overwrite: force).run(control)
        } then: { report, duration in
            complain(
                "not in it: the secret key (\(place.dataDirectory)/.webui_secret_key), the uploads and the vectors; "
                    + "keep copies of them too")
            print("\(path): \(report.summary(duration))")
        }
    }
}

/// What all three commands say of their FILE.
enum TransferFile {
    static func validate(_ file: String) throws {
        guard !file.isEmpty, file != "-" else {
            throw ValidationError("FILE is the name of a file; a stream cannot be checked, nor renamed")
        }
    }
}
