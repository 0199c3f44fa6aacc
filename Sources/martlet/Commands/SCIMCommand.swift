import ArgumentParser
import Contracts
import Glibc
import Link
import Reactor
import SCIM
import Storage

struct SCIMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scim", abstract: "Provisioning by identity providers.", subcommands: [TokenCommand.self])

    struct TokenCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "token", abstract: "The tokens of provisioning clients.",
            discussion: "Asks the daemon scim; with --data-dir or --config the database itself, also while nothing runs.",
            subcommands: [Add.self, List.self, Remove.self])
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token and print it, this one time: only its hash is kept.",
            discussion: "To rotate a token, add another, give that to the client, remove the old one.")

        @Argument(help: "A name for it, such as the client's: letters, digits, dots, dashes, underscores.")
        var name: String
        @OptionGroup var place: SCIMPlace

        func run() throws {
            var request = ScimTokenRequest()
            request.name = name
            let name = name
            place.run(Methods.scimTokenAdd, request, { try await $0.add(name) }, then: { print($0.token) })
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print the names of the tokens.")

        @OptionGroup var place: SCIMPlace

        func run() throws {
            place.run(Methods.scimTokenList, ScimTokenListRequest(), { try await $0.list() }) { list in
                print(
                    TextTable.render(["NAME", "CREATED"], list.tokens.map { [$0.name, TokenStore.time($0)] }),
                    terminator: "")
            }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a token; who still has it is refused at the next request.")

        @Argument(help: "Its name.")
        var name: String
        @OptionGroup var place: SCIMPlace

        func run() throws {
            var request = ScimTokenRequest()
            request.name = name
            let name = name
            place.run(Methods.scimTokenRemove, request, { try await $0.remove(name) }, then: { _ in })
        }
    }
}

/// Where the tokens are.
struct SCIMPlace: ParsableArguments {
    @OptionGroup var location: SupervisorLocation
    @OptionGroup var database: DatabaseOptions

    /// Calls the daemon, or does the same on the database; prints; ends the process.
    func run<Request: Sendable, Reply: Sendable>(
        _ method: Method<Request, Reply>, _ request: Request,
        _ direct: @escaping @ReactorActor @Sendable (TokenStore) async throws -> Reply,
        then show: @escaping @ReactorActor @Sendable (Reply) -> Void
    ) -> Never {
        let isDirect = database.dataDir != nil || database.config != nil
        let place = isDirect ? database.place().database : nil
        ControlCommand.run(socket: "\(location.directory)/\(DaemonName.scim.rawValue).sock") { client in
            guard let place else {
                show(try await client.call(method, request, timeout: .seconds(10)))
                return 0
            }
            show(try await direct(TokenStore(database: try Self.open(place))))
            return 0
        }
    }

    private static func open(_ place: DatabaseLocation) throws -> Database {
        switch place {
        case .postgresql(let url): return try .open(url: url)
        case .sqlite(let path):
            guard access(path, F_OK) == 0 else {
                throw LinkError(.notFound, "there is no database \(path) yet: `martlet serve` makes it")
            }
            return try .open(path: path)
        }
    }
}
