import FoundationEssentials

/// Certificates for tests, made by openssl: `ca.pem`, and of it `server.pem` and `server.key` for the name `localhost`;
/// `other.pem` is an authority that has made none.
enum TestCertificates {
    static func make(in directory: String) async throws {
        try "subjectAltName=DNS:localhost".write(
            toFile: directory + "/extensions", atomically: true, encoding: .utf8)
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        for name in ["ca", "other"] {
            try await run(
                ["req", "-x509"] + key + ["-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).pem"],
                directory)
        }
        try await run(
            ["req"] + key.dropLast(2) + ["-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr"],
            directory)
        try await run(
            [
                "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days",
                "2",
                "-extfile", "extensions", "-out", "server.pem",
            ], directory)
    }

    /// File names are of `directory`.
    private static func run(_ arguments: [String], _ directory: String) async throws {
        let files = [".key", ".pem", ".csr"]
        let arguments = arguments.map { argument in
            files.contains(where: argument.hasSuffix) || argument == "extensions"
                ? "\(directory)/\(argument)" : argument
        }
        let process = try ChildProcess("/usr/bin/openssl", arguments, output: directory + "/log")
        guard await process.end(within: .seconds(30)) == 0 else { throw Missed("openssl failed") }
    }
}
