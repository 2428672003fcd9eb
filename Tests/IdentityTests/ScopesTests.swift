import Foundation
import Scopes
import Testing

@Suite("The list of scopes")
struct ScopesTests {
    @Test("it holds exactly the scopes that methods of the proto files ask for")
    func complete() throws {
        let folder = URL(filePath: #filePath).appending(path: "../../../proto").standardized
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var named: Set<String> = []
        for case let file as URL in files where file.pathExtension == "proto" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /option \(driveline\.scope\) = "([^"]+)";/) { named.insert(String(match.1)) }
        }
        #expect(named.contains("identity:write"))
        #expect(Scopes.all == named.sorted())
    }
}
