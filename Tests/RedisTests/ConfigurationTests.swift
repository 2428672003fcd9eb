import Redis
import Testing

@Suite struct ConfigurationTests {
    @Test("a URL names the address, the user, the database and TLS")
    func urls() throws {
        let plain = try RedisConfiguration(url: "redis://cache.example")
        #expect(plain.address == .tcp(host: "cache.example", port: 6_379))
        #expect(plain.password == nil && plain.database == 0 && plain.tls == nil)
        let full = try RedisConfiguration(url: "rediss://app:p%40ss%3A@[::1]:7000/3")
        #expect(full.address == .tcp(host: "::1", port: 7_000))
        #expect(full.user == "app" && full.password == "p@ss:" && full.database == 3 && full.tls != nil)
        let old = try RedisConfiguration(url: "redis://:secret@10.0.0.1:6380/")
        #expect(old.user == nil && old.password == "secret" && old.database == 0)
        let socket = try RedisConfiguration(url: "unix:///run/redis.sock?db=2")
        #expect(socket.address == .unix(path: "/run/redis.sock") && socket.database == 2)
        #expect(try RedisConfiguration(url: "unix://u:p@/run/a%20b").address == .unix(path: "/run/a b"))
    }

    @Test("what is wrong with a URL is named, and its secret never shown")
    func badURLs() {
        let urls = [
            ("localhost:6379", "scheme"), ("http://u:hush@host", "scheme"), ("redis://", "host"),
            ("redis://u:hush@host:0", "port"), ("redis://u:hush@host:x", "port"), ("redis://u:hush@host/x", "database"),
            ("redis://u:hush@host/-1", "database"), ("redis://u:hush%4@host", "password"),
            ("redis://u:hush%FF@host", "password"), ("redis://hush@host", "password"),
            ("redis://u:hush@host?x=1", "parameters"), ("unix://relative", "absolute"),
            ("unix:///path?name=hush", "parameter"), ("redis://[::1]x:1", "between"),
        ]
        for (url, part) in urls {
            let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
            #expect(error?.code == .configuration)
            #expect(error?.message.contains(part) == true, "\(url): \(error?.message ?? "")")
            #expect(error?.description.contains("hush") == false)
        }
    }

    @Test("a configuration is printed without its secrets")
    func description() throws {
        let configuration = try RedisConfiguration(url: "redis://app:hush@host:7000/3")
        #expect("\(configuration)" == "redis://host:7000/3")
        #expect("\(try RedisConfiguration(url: "unix://app:hush@/run/redis.sock"))" == "unix:///run/redis.sock?db=0")
    }

    @Test("limits below 1 are refused when a client is made")
    func limits() throws {
        for path in [\RedisConfiguration.commandMilliseconds, \.maximumPendingCommands, \.maximumPendingBytes] {
            var configuration = RedisConfiguration(address: .unix(path: "/nowhere"))
            configuration[keyPath: path] = 0
            let error = #expect(throws: RedisError.self) { try RedisClient(configuration, group: testGroup) }
            #expect(error?.code == .configuration)
        }
    }
}
