import ArgumentParser
import Storage

struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Replace the database by a backup, while no server runs.",
        discussion: """
            FILE is what `martlet backup` made, or a webui.db of Open WebUI 0.8.3; it is checked first, and not changed. \
            Interrupted at any point, the database is the old one or the new one.

            SQLite: the old database is kept beside the new one, as webui.db.before-restore-TIME.
            PostgreSQL: the rows are replaced in one transaction; stop martlet on every host, and take a backup, first. \
            Values that PostgreSQL cannot hold are changed or left out as `martlet import --help` says, and listed.

            The secret key, the uploads and the vectors are not touched.
            """)

    @Argument(help: "The backup.")
    var file: String
    @Flag(help: "Replace a database that holds accounts.")
    var yes = false
    @OptionGroup var options: DatabaseOptions

    func validate() throws { try TransferFile.validate(file) }

    func run() throws {
        RestoreCommand.run(.restore, file, options.place(), mayReplaceAccounts: yes)
    }
}

/// What `restore` and `import` share.
enum RestoreCommand {
    static func run(
        _ purpose: DatabaseRestore.Purpose, _ file: String, _ place: DatabaseOptions.Place, mayReplaceAccounts: Bool
    ) -> Never {
        let path = Directories.absolute(file)
        if case .sqlite = place.database { _ = Directories.make(place.dataDirectory, mode: 0o700) }
        TransferCommand.run { control in
            try DatabaseRestore(
                purpose, from: path, into: place.database, dataDirectory: place.dataDirectory,
                mayReplaceAccounts: mayReplaceAccounts
            ).run(control)
        } then: { report, duration in
            if let kept = report.kept { complain("the old database is kept as \(kept)") }
            if purpose == .import {
                complain(
                    "not imported: the uploads (copy the directory uploads into \(place.dataDirectory)), the vectors, and "
                        + "the secret key (sessions of Open WebUI end; WEBUI_SECRET_KEY keeps them)")
            }
            print("\(path): \(report.summary(duration))")
        }
    }
}
