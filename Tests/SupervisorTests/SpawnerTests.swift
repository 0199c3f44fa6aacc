import DaemonKit
import Testing

@testable import Supervisor

@Suite struct SpawnerTests {
    @Test("a daemon's environment has neither secrets nor what is the manager's or the upgrade's")
    func hidden() {
        let secrets = SettingDefinition.all.filter(\.isSecret).flatMap { [$0.key] + $0.aliases }
        let managers = [
            "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "FDSTORE",
            UpgradeState.environmentKey, "DATABASE_URL", "REDIS_URL",
        ]
        #expect(secrets.contains("WEBUI_SECRET_KEY"))
        for name in secrets + managers {
            for entry in ["\(name)=x", "\(name)=", "\(name)=a=b", "\(name)=\u{301}"] {
                let kept = Spawner.childEnvironment(adding: [:], to: [entry, "PATH=/bin"])
                #expect(kept == ["PATH=/bin"], "\(entry)")
            }
        }
    }

    @Test("all else is passed on as it is, also what only looks like a secret")
    func passedOn() {
        let entries = ["PATH=/bin", "HOME=", "LANG=C=D", "WEBUI_SECRET_KEY_FILE=/x", "MY_NOTIFY_SOCKET=y", "odd", "=z"]
        #expect(Spawner.childEnvironment(adding: [:], to: entries) == entries)
    }

    @Test("what is added replaces what was there")
    func added() {
        let environment = Spawner.childEnvironment(adding: ["LOG": "json"], to: ["LOG=text", "A=1", "LOG=again"])
        #expect(environment == ["A=1", "LOG=json"])
    }

    @Test("this process's own environment is what it begins with")
    func current() {
        let own = Spawner.current()
        #expect(own.contains { $0.hasPrefix("PATH=") })
        #expect(Set(Spawner.childEnvironment(adding: [:])).isSubset(of: own))
    }

    @Test("an array of C strings ends with a null and has every string, in order")
    func strings() {
        let texts = ["martlet", "", "dæmon"]
        let seen = Spawner.withCStrings(texts) { base in
            (0...texts.count).map { base[$0].map { String(cString: $0) } }
        }
        #expect(seen == texts.map { $0 } + [nil])
    }

    @Test("an executable that is not there fails with its path and the reason")
    func missing() {
        let error = #expect(throws: Spawner.Failure.self) {
            try Spawner.spawn("/nonexistent/martlet", ["daemon"], environment: [], descriptors: [])
        }
        #expect(error?.text == "cannot start /nonexistent/martlet: No such file or directory")
    }
}
