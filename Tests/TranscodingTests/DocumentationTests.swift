import Foundation
import IdentityMessages
import InventoryMessages
import TestSupport
import Testing

@testable import Transcoding

@Suite("What docs/api.md shows is so")
struct DocumentationTests {
    /// A fenced block behind a comment such as `<!-- example: MESSAGE -->`.
    struct Block {
        var kind: String
        var message: String
        var text: String
    }

    static func blocks() throws -> [Block] {
        let page = try String(contentsOf: Python.root.appending(path: "docs/api.md"), encoding: .utf8)
        return page.matches(of: /<!-- (example|refused|faults)(?:: (\S+))? -->\n```\w+\n([\s\S]*?)```/).map { match in
            Block(kind: String(match.1), message: String(match.2 ?? ""), text: String(match.3))
        }
    }

    private let transcoder: Transcoder

    init() throws {
        let schema = try Schema([InventoryDescriptors.fileDescriptorSet, IdentityDescriptors.fileDescriptorSet])
        self.transcoder = Transcoder(schema)
    }

    /// JSON without the white space between its tokens.
    private static func compact(_ text: String) -> String {
        var result = ""
        var isQuoted = false
        for character in text {
            if character == "\"" { isQuoted.toggle() }
            if isQuoted || !character.isWhitespace { result.append(character) }
        }
        return result
    }

    @Test("each example is read, and written as it stands there")
    func examples() throws {
        let examples = try Self.blocks().filter { $0.kind == "example" }
        #expect(examples.count == 1)
        for example in examples {
            let type = try #require(self.transcoder.schema.message(example.message))
            let wire = try self.transcoder.wire(json: Array(example.text.utf8), of: type)
            let json = try self.transcoder.json(wire: wire, of: type)
            #expect(String(decoding: json, as: UTF8.self) == Self.compact(example.text))
        }
    }

    @Test("each refused example is refused with the faults behind it")
    func refusals() throws {
        let blocks = try Self.blocks()
        let refused = blocks.indices.filter { blocks[$0].kind == "refused" }
        #expect(refused.count == 1)
        for index in refused {
            let type = try #require(self.transcoder.schema.message(blocks[index].message))
            let error = #expect(throws: TranscodingError.self) {
                try self.transcoder.wire(json: Array(blocks[index].text.utf8), of: type)
            }
            let lines = (error?.fields ?? []).map {
                "\($0.pointer): \($0.reason)\($0.reason.hasSuffix("?") ? "" : ".") Expected: \($0.expected)\n"
            }
            let faults = try #require(blocks.dropFirst(index + 1).first)
            #expect(faults.kind == "faults")
            #expect(lines.joined() == faults.text)
        }
    }

    @Test("the limits on the page are those of the code")
    func limits() throws {
        let page = try String(contentsOf: Python.root.appending(path: "docs/api.md"), encoding: .utf8)
        #expect(page.contains("nested \(TranscodingLimits.maximumDepth) deep"))
        #expect(page.contains("up to \(TranscodingError.maximumFields) faults"))
        #expect(page.contains("At most \(TranscodingLimits.maximumQueryParameters) parameters"))
    }
}
