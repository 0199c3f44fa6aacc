import FoundationEssentials
import Glibc
import Synchronization

/// A real OpenLDAP server with a directory of its own, on free ports of 127.0.0.1; stopped and removed with `stop`, or
/// when nobody holds it.
final class Slapd: Sendable {
    static let suffix = "dc=lab"
    /// May search, and see everything but passwords.
    static let appDN = "cn=app,dc=lab"
    static let appPassword = "app: pass"
    private static let administrator = ["-x", "-D", "cn=admin,dc=lab", "-w", "admin"]

    let directory: String
    let port: Int
    /// Its certificate is for the name `localhost`, of `authority`.
    let securePort: Int
    private let process: ChildProcess

    var authority: String { directory + "/ca.pem" }
    var log: String { (try? String(contentsOfFile: directory + "/log", encoding: .utf8)) ?? "" }

    /// - Parameter entries: more entries (LDIF), beside `dc=lab`, `ou=people`, `ou=groups` and the app's own.
    static func start(_ entries: String = "") async throws -> Slapd {
        let directory = Martlet.temporaryDirectory()
        do {
            for file in ["/usr/sbin/slapd", "/usr/bin/ldapmodify", "/usr/bin/openssl"] where access(file, X_OK) != 0 {
                throw Missed("these tests need \(file) (scripts/setup.sh --test installs it)")
            }
            try await TestCertificates.make(in: directory)
            mkdir(directory + "/db", 0o700)
            try configuration(directory).write(toFile: directory + "/conf", atomically: true, encoding: .utf8)
            try base.write(toFile: directory + "/ldif", atomically: true, encoding: .utf8)
            try await tool(
                ["/usr/sbin/slapadd", "-q", "-f", directory + "/conf", "-l", directory + "/ldif"], directory)
            // Between the look for free ports and slapd's own bind somebody may take one.
            for _ in 0..<5 {
                guard let slapd = try await Slapd(directory) else { continue }
                // Not by slapadd: the overlay that keeps memberOf sees changes only.
                if !entries.isEmpty { try await slapd.modify(entries) }
                return slapd
            }
            throw Missed("slapd does not start")
        } catch {
            let log = (try? String(contentsOfFile: directory + "/log", encoding: .utf8)) ?? ""
            try? FileManager.default.removeItem(atPath: directory)
            throw Missed("\(error)\n\(log)")
        }
    }

    private init?(_ directory: String) async throws {
        self.directory = directory
        let ports = try FreePorts.take(2)
        (port, securePort) = (ports[0], ports[1])
        let addresses =
            "ldap://127.0.0.1:\(port) ldaps://127.0.0.1:\(securePort) \(Self.local(directory))"
        let process = try ChildProcess(
            "/usr/sbin/slapd", ["-f", directory + "/conf", "-h", addresses, "-d", "0"], output: directory + "/log")
        self.process = process
        try await eventually("slapd answers") {
            if process.poll() != nil { return true }
            let probe = try ChildProcess(
                "/usr/bin/ldapwhoami", Self.administrator + ["-H", Self.local(directory)], output: directory + "/probe")
            return await probe.end(within: .seconds(10)) == 0
        }
        guard process.poll() == nil else { return nil }
    }

    deinit { destroy() }

    func stop() async {
        process.signal(SIGTERM)
        _ = await process.end(within: .seconds(20))
        destroy()
    }

    private func destroy() {
        process.signal(SIGKILL)
        process.reap()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Changes, as LDIF; entries without a kind of change are added.
    func modify(_ changes: String) async throws {
        let file = directory + "/\(UInt64.random(in: 0...(.max))).ldif"
        try changes.write(toFile: file, atomically: true, encoding: .utf8)
        try await Self.tool(
            ["/usr/bin/ldapmodify", "-a"] + Self.administrator + ["-H", Self.local(directory), "-f", file], directory)
    }

    private static func tool(_ command: [String], _ directory: String) async throws {
        let process = try ChildProcess(command[0], Array(command.dropFirst()), output: directory + "/log")
        guard await process.end(within: .seconds(30)) == 0 else { throw Missed("\(command[0]) failed") }
    }

    private static func local(_ directory: String) -> String {
        "ldapi://" + (directory + "/ldapi").replacing("/", with: "%2F")
    }

    private static func configuration(_ directory: String) -> String {
        """
        include /etc/ldap/schema/core.schema
        include /etc/ldap/schema/cosine.schema
        include /etc/ldap/schema/inetorgperson.schema
        modulepath /usr/lib/ldap
        moduleload back_mdb
        moduleload memberof
        pidfile \(directory)/pid
        TLSCertificateFile \(directory)/server.pem
        TLSCertificateKeyFile \(directory)/server.key
        database mdb
        suffix "\(suffix)"
        directory \(directory)/db
        maxsize 67108864
        rootdn "cn=admin,dc=lab"
        rootpw admin
        overlay memberof
        access to attrs=userPassword by anonymous auth by * none
        access to * by dn.exact="\(appDN)" read by anonymous auth by * none

        """
    }

    private static let base = """
        dn: dc=lab
        objectClass: dcObject
        objectClass: organization
        dc: lab
        o: Lab

        dn: ou=people,dc=lab
        objectClass: organizationalUnit
        ou: people

        dn: ou=groups,dc=lab
        objectClass: organizationalUnit
        ou: groups

        dn: cn=app,dc=lab
        objectClass: organizationalRole
        objectClass: simpleSecurityObject
        cn: app
        userPassword: \(appPassword)


        """

    /// Somebody below `ou=people`, with the password `pass-UID`, as LDIF. Texts must be plain.
    static func person(
        _ uid: String, cn: String? = nil, mail: String? = nil, dn: String? = nil
    ) -> String {
        """
        dn: \(dn ?? "uid=\(uid),ou=people,dc=lab")
        objectClass: inetOrgPerson
        uid: \(uid)
        cn: \(cn ?? uid)
        sn: \(uid)
        mail: \(mail ?? "\(uid)@lab.test")
        userPassword: pass-\(uid)


        """
    }

    /// A group below `ou=groups`. `dn` without the common name's part if that needs escapes.
    static func group(_ cn: String, members: [String], name: String? = nil) -> String {
        "dn: cn=\(name ?? cn),ou=groups,dc=lab\nobjectClass: groupOfNames\ncn: \(cn)\nmember: cn=nobody\n"
            + members.map { "member: \($0)\n" }.joined() + "\n"
    }
}

/// Ports that were free a moment ago.
enum FreePorts {
    static func take(_ count: Int) throws -> [Int] {
        var sockets: [Int32] = []
        defer { for socket in sockets { close(socket) } }
        return try (0..<count).map { _ in
            let listener = try ListeningSocket()
            sockets.append(dup(listener.descriptor))
            return listener.port
        }
    }
}

/// A socket of 127.0.0.1 that takes connections and never says anything.
final class ListeningSocket: Sendable {
    let descriptor: Int32
    let port: Int

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let failed = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) != 0 || listen(descriptor, 64) != 0
                    || getsockname(descriptor, address, &length) != 0
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard !failed else { throw Missed("no free port: \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }
}
