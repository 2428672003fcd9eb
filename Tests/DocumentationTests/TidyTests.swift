import Foundation
import Testing

/// What holds for every file that is written by hand.
@Suite struct TidyTests {
    /// The longest file that is not a state machine or a test.
    static let maximumLines = 500

    static func sources(_ folder: String) throws -> [(path: String, text: String)] {
        let root = ReadmeTests.root.appending(path: folder)
        let files = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
        return try files.compactMap { $0 as? URL }
            .filter { $0.pathExtension == "swift" && !$0.lastPathComponent.contains(".pb.") }
            .filter { !$0.lastPathComponent.contains(".api.") }
            .map { ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8)) }
    }

    @Test("sources have no try!, no forced cast and no unfinished mark", arguments: ["Sources", "Examples"])
    func bannedWords(_ folder: String) throws {
        let files = try Self.sources(folder)
        #expect(!files.isEmpty)
        for (path, text) in files {
            for banned in ["try!", "as!", "TODO", "FIXME", "fatalError("] {
                #expect(!text.contains(banned), "\(path) contains \(banned)")
            }
        }
    }

    @Test("files are short", arguments: ["Sources", "Examples"])
    func fileLengths(_ folder: String) throws {
        for (path, text) in try Self.sources(folder) {
            let count = text.split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(count <= Self.maximumLines, "\(path) has \(count) lines")
        }
    }

    @Test("what every call goes through never imports a service, nor the wire NIO")
    func dependenciesPointInwards() throws {
        for (path, text) in try Self.sources("Sources/Wire") {
            #expect(!text.contains("import NIO"), "\(path) imports NIO")
        }
        for (path, text) in try Self.sources("Sources/RPC") {
            #expect(text.firstMatch(of: /import \w+API\b/) == nil, "\(path) imports a service's API")
        }
    }
}
