import Foundation
import Testing

/// The README's examples are the files of the project, which are built and run.
@Suite struct ReadmeTests {
    /// A fenced block and the file that it shows.
    struct Block: CustomTestStringConvertible {
        let path: String
        let text: String
        var testDescription: String { self.path }
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func read(_ path: String) throws -> String {
        try String(contentsOf: self.root.appending(path: path), encoding: .utf8)
    }

    /// The blocks behind `<!-- file: PATH -->`.
    static func blocks(_ document: String) throws -> [Block] {
        var blocks: [Block] = []
        var path: String?
        var lines: [Substring]?
        for line in try self.read(document).split(separator: "\n", omittingEmptySubsequences: false) {
            if let match = line.wholeMatch(of: /<!-- file: (.+) -->/) {
                path = String(match.1)
            } else if line.hasPrefix("```"), let text = lines, let file = path {
                blocks.append(Block(path: file, text: text.joined(separator: "\n") + "\n"))
                (path, lines) = (nil, nil)
            } else if line.hasPrefix("```"), path != nil {
                lines = []
            } else {
                lines?.append(line)
            }
        }
        return blocks
    }

    @Test("each block that shows a file is that file")
    func blocksAreFiles() throws {
        let blocks = try Self.blocks("README.md")
        #expect(blocks.count == 2)
        for block in blocks { #expect(try Self.read(block.path) == block.text, "\(block.path)") }
    }

    @Test("the manifest's block stands in the manifest")
    func manifestBlock() throws {
        let readme = try Self.read("README.md")
        let manifest = try Self.read("Package.swift")
        let begin = try #require(readme.range(of: "targets += messages(\"Greeting\")"))
        let end = try #require(readme.range(of: "\n```", range: begin.lowerBound..<readme.endIndex))
        let block = String(readme[begin.lowerBound..<end.lowerBound])
        func folded(_ text: String) -> String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
        #expect(folded(manifest).contains(folded(block)))
    }
}
