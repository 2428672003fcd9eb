import Foundation
import Testing

@testable import LocalSystem

@Suite("Log lines are read in the form of whoever wrote them, and shown in one")
struct LogTests {
    private static let service =
        #"{"@timestamp":"2026-01-31T23:59:58.001234Z","log.level":"warning","message":"slow","#
        + #""ecs.version":"8.11.0","service.name":"stock","log.logger":"stock","labels.ms":"12","trace.id":"abc"}"#
    private static let postgres = "2026-01-31 23:59:58.002 UTC [123] ERROR:  duplicate key"
    private static let redis = "123:M 31 Jan 2026 23:59:58.003 # Server initialized"

    @Test("a service's JSON gives time, level, message, and what is not on every line")
    func json() {
        #expect(
            LogLine(parsing: Self.service)
                == LogLine(
                    time: "2026-01-31T23:59:58.001", level: .warning, message: "slow",
                    fields: [.init(name: "ms", value: "12"), .init(name: "trace.id", value: "abc")]))
    }

    @Test("PostgreSQL's and Redis' lines give time and level")
    func servers() {
        #expect(
            LogLine(parsing: Self.postgres)
                == LogLine(time: "2026-01-31T23:59:58.002", level: .error, message: "duplicate key"))
        #expect(
            LogLine(parsing: Self.redis)
                == LogLine(time: "2026-01-31T23:59:58.003", level: .warning, message: "Server initialized"))
    }

    @Test("any other line is its own message", arguments: ["", "plain", "{", "{\"a\":1}", "[1]", "2026-01-31 nothing"])
    func plain(_ line: String) {
        #expect(LogLine(parsing: line) == LogLine(time: nil, level: nil, message: line))
    }

    @Test("without colours a line is plain text with the part's name in front")
    func plainText() {
        let format = LogFormat(names: ["stock", "gateway"], isColourful: false)
        #expect(
            format.text("stock", LogLine(parsing: Self.service))
                == "stock   | 23:59:58.001 warning  slow ms=12 trace.id=abc")
        #expect(format.text("gateway", LogLine(parsing: "plain")) == "gateway | plain")
    }

    @Test("with colours each part has its own, and a line ends without one")
    func colours() {
        let format = LogFormat(names: ["stock", "gateway"], isColourful: true)
        let texts = ["stock", "gateway"].map { format.text($0, LogLine(parsing: Self.service)) }
        #expect(texts[0].hasPrefix("\u{1B}[36mstock   |\u{1B}[0m"))
        #expect(texts[1].hasPrefix("\u{1B}[33mgateway |\u{1B}[0m"))
        #expect(texts.allSatisfy { $0.hasSuffix("\u{1B}[0m") })
    }

    @Test("what a terminal would obey is not handed on, and a long line is cut")
    func hostileText() {
        let format = LogFormat(names: ["stock"], isColourful: false)
        let text = format.text("stock", LogLine(parsing: "a\u{1B}]0;title\u{07}\nb\u{9B}31m"))
        #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
        let long = format.text("stock", LogLine(parsing: String(repeating: "x", count: 100_000)))
        #expect(long.count <= LogFormat.maximumCharacters + 20)
    }

    @Test("a full file gives way to a new one, and only so many older ones are kept")
    func rotation() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.log")
            let log = RotatingLog(url, maximumBytes: 100)
            for number in 100..<200 { log.append("line \(number)") }
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(files == ["a.log", "a.log.1", "a.log.2", "a.log.3"])
            let all = try files.reversed().map {
                try String(contentsOf: folder.appending(path: $0), encoding: .utf8)
            }.joined().split(separator: "\n")
            // The youngest lines, each once and in order.
            #expect(all == ((200 - all.count)..<200).map { "line \($0)" })
            #expect(all.count > 30)
        }
    }

    @Test("lines that could not be written are counted, and the count is written once they can")
    func lostLines() throws {
        try withTemporaryFolder { folder in
            // As long as there is no folder, there is no file either.
            let url = folder.appending(path: "later/a.log")
            let log = RotatingLog(url)
            log.append("1")
            log.append("2")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            log.append("3")
            #expect(try String(contentsOf: url, encoding: .utf8) == "2 lines are missing here: no space was left\n3\n")
        }
    }

    @Test("the last lines of several parts come by their time; one without time stays behind its neighbour")
    func lastLines() throws {
        try withDataFolder { folder in
            let stock = "\(Self.service)\n  continued\n"
            try stock.write(to: folder.log(of: "stock"), atomically: true, encoding: .utf8)
            try FileManager.default.createDirectory(at: folder.postgres, withIntermediateDirectories: true)
            let postgres = "2026-01-31 23:59:57.000 UTC [1] LOG:  first\n\(Self.postgres)\n"
            try postgres.write(to: folder.log(of: "postgres"), atomically: true, encoding: .utf8)
            let reader = LogReader(folder)
            #expect(reader.names == ["postgres", "stock"])
            let entries = reader.last(10, of: reader.names)
            #expect(entries.map(\.line.message) == ["first", "slow", "  continued", "duplicate key"])
            #expect(reader.last(1, of: ["stock"]).map(\.line.message) == ["  continued"])
            #expect(reader.last(5, of: ["nobody"]).isEmpty)
        }
    }

    @Test("following goes on through new files, rotation and emptying")
    func follow() throws {
        try withDataFolder { folder in
            let url = folder.log(of: "stock")
            let log = RotatingLog(url, maximumBytes: 20)
            log.append("before")
            var steps = ["one is enough for a file", "two", "three"].makeIterator()
            var seen: [String] = []
            var hasEmptied = false
            LogReader(folder).follow(["stock", "later"]) {
                if let line = steps.next() {
                    log.append(line)
                    return false
                }
                guard !hasEmptied else { return true }
                hasEmptied = true
                truncate(url.path, 0)
                try? "late".appending("\n").write(to: folder.log(of: "later"), atomically: false, encoding: .utf8)
                return false
            } _: {
                seen.append($0.line.message)
            }
            #expect(seen == ["one is enough for a file", "two", "three", "late"])
        }
    }
}
