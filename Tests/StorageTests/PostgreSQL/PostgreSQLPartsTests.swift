import Testing

@testable import Storage

@Suite("PostgreSQL: placeholders, cache, back-off")
struct PostgreSQLPartsTests {
    @Test(
        "only the ? that are parameters are numbered",
        arguments: [
            ("SELECT ?", "SELECT $1", 1), ("?,?", "$1,$2", 2), ("", "", 0),
            ("'?' ? '''?' ?", "'?' $1 '''?' $2", 2),
            ("\"a?\"\"?\" = ?", "\"a?\"\"?\" = $1", 1),
            ("? -- ?\n?", "$1 -- ?\n$2", 2), ("? --", "$1 --", 1),
            ("/* ? /* ? */ ? */ ?", "/* ? /* ? */ ? */ $1", 1), ("/* ?", "/* ?", 0),
            ("$$?$$ ?", "$$?$$ $1", 1), ("$a1$ ? $$ ? $a1$ ?", "$a1$ ? $$ ? $a1$ $1", 1),
            ("$ ? $b ?", "$ $1 $b $2", 2), ("'unclosed ?", "'unclosed ?", 0), ("$$ ?", "$$ ?", 0),
            ("a - ? / ? * ?", "a - $1 / $2 * $3", 3), ("'ü?' ? ü", "'ü?' $1 ü", 1), ("$", "$", 0), ("'", "'", 0),
        ])
    func placeholders(text: String, sql: String, count: Int) {
        let translated = Placeholders(text)
        #expect(translated.sql == sql)
        #expect(translated.count == count)
    }

    @Test("the cache never holds more than its capacity, and gives up the longest unused")
    func cache() {
        var cache = StatementCache(capacity: 3)
        for sql in ["a", "b", "c"] {
            let removed = cache.makeRoom()
            #expect(removed == nil)
            cache.insert(StatementCache.Statement(name: cache.newName(), parameters: 0), for: sql)
        }
        let found = cache.find("a")
        let removed = cache.makeRoom()
        #expect(found?.name == "m1" && removed?.name == "m2")
        let left = [cache.find("a"), cache.find("b"), cache.find("c")]
        #expect(left.map { $0?.name } == ["m1", nil, "m3"] && cache.count == 2)
        let name = cache.newName()
        #expect(name == "m4")
    }

    @Test("while the server is down one call in each interval tries, and the interval doubles up to two seconds")
    func backoff() {
        let start = ContinuousClock.now
        var now = start
        var policy = ReconnectPolicy()
        let both = [policy.mayConnect(now: now), policy.mayConnect(now: now)]
        #expect(both == [true, true])
        policy.failed(now: now)
        policy.failed(now: now)
        var tries: [Duration] = []
        while tries.count < 8 {
            now += .milliseconds(10)
            guard policy.mayConnect(now: now) else { continue }
            let other = policy.mayConnect(now: now)
            #expect(!other)
            tries.append(now - start)
            policy.failed(now: now)
        }
        let gaps = zip(tries, [.zero] + tries).map { $0 - $1 }
        #expect(gaps == [100, 200, 400, 800, 1600, 2000, 2000, 2000].map(Duration.milliseconds))
        now += .seconds(2)
        let last = policy.mayConnect(now: now)
        #expect(last)
        policy.succeeded()
        #expect(policy == ReconnectPolicy())
    }

    @Test(
        "every form of DATABASE_URL is understood, and described without the password",
        arguments: [
            ("postgres://u:sekret@h:5433/owui", "owui on h, port 5433"),
            ("postgresql://u:sekret@h/owui", "owui on h"),
            ("postgresql+psycopg2://u:sekret@h/owui?sslmode=require", "owui on h"),
            ("postgresql://u:sek%40ret@h1:1,h2:2/owui", "owui on h1,h2, port 1,2"),
            ("postgresql:///owui?host=/run/postgresql&password=sekret", "owui on /run/postgresql"),
            ("postgresql://", "of DATABASE_URL"),
        ])
    func urls(text: String, description: String) throws {
        #expect(PostgreSQLURL.isOne(text))
        #expect(try PostgreSQLURL(text).description == description)
    }

    @Test(
        "what is no such URL is refused without repeating it",
        arguments: [
            "", "sqlite:///webui.db", "mysql://u:sekret@h/d", "postgresql", "://u:sekret@h",
            "postgresqlx://u:sekret@h/d",
            "postgresql://u:sek%ret@h/d", "postgresql://u:p@h/d?sekret=1", "postgresql://u:sekret@[::1/d",
            "postgresql://u:p@h/d\0sekret",
        ])
    func badURLs(text: String) {
        let error = #expect(throws: StorageError.self) { try Database.open(url: text) }
        #expect(error?.description.contains("sekret") == false)
        #expect(error?.advice.isEmpty == false)
    }
}
