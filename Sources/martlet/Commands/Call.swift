import ArgumentParser
import Contracts
import Glibc
import Link

struct Call: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make any call of the binary protocol, by hand.",
        discussion: "SOCKET is a path, or a daemon's name, or \"control\". Without METHOD the known methods are listed."
    )

    @Argument(help: "Socket: a path, a daemon's name, or control.")
    var socket: String
    @Argument(help: "Method, for example control.status.")
    var method: String?
    @Argument(help: "The request as JSON.")
    var json: String = "{}"
    @Option(help: "Seconds to wait for the reply.")
    var timeout: Int = 60
    @OptionGroup var location: SupervisorLocation

    func run() throws {
        guard let method else { return AnyMethod.all.forEach { print($0.name) } }
        guard let known = AnyMethod.named(method) else {
            throw ValidationError("there is no method \(method); `martlet call control` lists them")
        }
        let request: [UInt8]
        do {
            request = try known.encode(json)
        } catch {
            throw ValidationError("\(json) is no request of \(method): \(error)")
        }
        let path = socket.contains("/") ? socket : "\(location.directory)/\(socket).sock"
        let limit = Duration.seconds(timeout)
        ControlCommand.run(socket: path) { client in
            let reply = try await client.connection().call(name: method, message: request, timeout: limit)
            print(try known.decode(reply))
            return 0
        }
    }
}
