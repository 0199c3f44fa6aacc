import Testing

@testable import DaemonKit

@Suite struct RedisURLTests {
    private static func tcp(_ host: String, _ port: Int = 6379) -> RedisURL.Address { .tcp(host: host, port: port) }

    @Test(
        "host, port and database are read, and have defaults",
        arguments: [
            ("redis://cache.example", tcp("cache.example"), 0), ("redis://cache:7000/2", tcp("cache", 7000), 2),
            ("redis://", tcp("localhost"), 0), ("redis://:7000", tcp("localhost", 7000), 0),
            ("REDIS://h/", tcp("h"), 0), ("redis://h?db=15", tcp("h"), 15), ("redis://h/1?db=4", tcp("h"), 4),
            ("redis://[::1]", tcp("::1"), 0), ("redis://[fe80::1]:1/9", tcp("fe80::1", 1), 9),
            ("redis://h:65535", tcp("h", 65_535), 0), ("redis://u:p@h:1/3", tcp("h", 1), 3),
            ("unix:///run/redis/r.sock", .unix(path: "/run/redis/r.sock"), 0),
            ("unix:///a%20b?db=3", .unix(path: "/a b"), 3), ("unix://u:p@/s", .unix(path: "/s"), 0),
        ])
    func place(_ text: String, _ address: RedisURL.Address, _ database: Int) throws {
        let url = try RedisURL(text)
        #expect(url.address == address && url.database == database)
    }

    @Test(
        "user and password are read, percent-decoded",
        arguments: [
            ("redis://h", nil, nil), ("redis://:p@h", nil, "p"), ("redis://u:p@h", "u", "p"), ("redis://u@h", "u", ""),
            ("redis://u:@h", "u", ""), ("redis://@h", nil, nil), ("redis://:a:b@h", nil, "a:b"),
            ("redis://:a@b@h", nil, "a@b"), ("redis://u%40x:p%2Fq%3f@h", "u@x", "p/q?"),
            ("redis://:100%@h", nil, "100%"), ("redis://:%zz%4@h", nil, "%zz%4"), ("redis://:%+1@h", nil, "%+1"),
            ("redis://:gr%C3%BC%C3%9Fe@h", nil, "grüße"), ("redis://h?username=u&password=p%26q", "u", "p&q"),
            ("unix://:p@/s", nil, "p"), ("unix:///s?password=p", nil, "p"),
        ] as [(String, String?, String?)])
    func credentials(_ text: String, _ user: String?, _ password: String?) throws {
        let url = try RedisURL(text)
        #expect(url.user == user && url.password == password)
        #expect(!url.description.contains(password ?? "\u{0}") || password == "" || password == "p")
    }

    @Test("neither the description nor any other form of it shows user or password")
    func secret() throws {
        for text in ["redis://adalovelace:sesame@h:1/2", "unix://adalovelace:sesame@/run/s?db=2"] {
            let url = try RedisURL(text)
            for shown in ["\(url)", String(reflecting: url), url.description] {
                #expect(!shown.contains("sesame") && !shown.contains("ada"))
            }
        }
        #expect(try RedisURL("redis://u:p@h:1/2").description == "h:1, database 2")
        #expect(try RedisURL("redis://[::1]").description == "[::1]:6379")
        #expect(try RedisURL("unix:///run/s").description == "/run/s")
    }

    @Test(
        "what is no Redis URL is refused, without a word of it",
        arguments: [
            "", "sesame", "sesame:6379", "http://sesame", "redis:/sesame", "redis://h:0/sesame", "redis://h:0",
            "redis://h:65536", "redis://h:sesame", "redis://h:+1", "redis://h:", "redis://sesame@h:x",
            "redis://h/sesame", "redis://h/-1", "redis://h/1/2", "redis://h/1234567890", "redis://h?db=sesame",
            "redis://h?sesame=1", "redis://h?ssl=true", "redis://:ses#ame@h", "redis://:ses/ame@h", "redis://ses ame@h",
            "redis://sesame\n@h", "redis://sesame\u{0}@h", "redis://[sesame]", "redis://[::1", "redis://[::1]x",
            "redis://[]:1", "unix://", "unix:///", "unix://sesame/path", "unix:///a%00sesame", "unix:///s?db=-1",
            "unix:///" + String(repeating: "sesame", count: 18), "rediss://:sesame@h",
            "redis://" + String(repeating: "sesame", count: 1000),
        ])
    func invalid(_ text: String) {
        let error = #expect(throws: RedisURL.Invalid.self) { try RedisURL(text) }
        #expect(error?.description.isEmpty == false && error?.description.contains("sesame") == false)
        #expect(text.isEmpty || SettingKind.redisURL.normalised(text) == nil)
    }

    @Test("that TLS is not possible is said")
    func tls() {
        let error = #expect(throws: RedisURL.Invalid.self) { try RedisURL("rediss://h") }
        #expect(error?.description.contains("TLS") == true && SettingKind.redisURL.allowed.contains("rediss"))
    }

    @Test("as a setting it may be empty, and is kept as it is")
    func setting() {
        for value in ["", "redis://h", "unix:///s?db=1", "redis://u:p%40@h:1/1"] {
            #expect(SettingKind.redisURL.normalised(" \(value)\n") == value)
        }
        for value in SettingKindTests.hostile { #expect(SettingKind.redisURL.normalised(value) == nil) }
        #expect(SettingDefinition.named("REDIS_URL")?.isSecret == true)
    }
}
