import ArgumentParser

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the version.")

    func run() throws {
        print("martlet \(BuildVersion.text) (Open WebUI \(BuildVersion.openWebUI))")
    }
}
