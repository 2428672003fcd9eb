import Foundation
import TestSupport
import Testing

@Suite("The reference page has all that the OpenAPI document has, for people")
struct ReferencePageTests {
    private static let folder = Python.root.appending(path: "services/gateway/Documents")

    private static func text(_ name: String) throws -> String {
        try String(contentsOf: self.folder.appending(path: name), encoding: .utf8)
    }

    private static func all(_ pattern: Regex<(Substring, Substring)>, in text: String) -> [String] {
        text.matches(of: pattern).map { String($0.output.1) }
    }

    @Test("Every operation has a section, a place in the contents, its scope, fields and problems")
    func operations() throws {
        let (api, page) = (try OpenAPI(), try Self.text("reference.html"))
        let start = try #require(page.range(of: "id=\"problems-of-all\""))
        let end = try #require(page.range(of: "</table>", range: start.upperBound..<page.endIndex))
        let commonTable = page[start.upperBound..<end.lowerBound]
        for operation in api.operations {
            let id = try #require(operation.members["operationId"] as? String)
            #expect(page.contains("<a href=\"#\(id)\"><span class=\"verb \(operation.verb.lowercased())\">"), "\(id)")
            let section = try #require(Self.section(id, of: page), "\(id)")
            #expect(section.replacing(/<\/?(wbr|i)>/, with: "").contains("<code>\(operation.path)</code>"), "\(id)")
            for scope in (operation.members["security"] as? [[String: [String]]] ?? []).flatMap(\.values).joined() {
                #expect(section.contains("<code>\(scope)</code>"), "\(id) \(scope)")
            }
            for parameter in operation.parameters.map({ api.resolved($0) }) where parameter["in"] as? String != "header"
            {
                let name = try #require(parameter["name"] as? String)
                #expect(section.contains("<dt><code>\(name)</code>"), "\(id) \(name)")
            }
            let content = operation.body?["content"] as? [String: [String: Any]] ?? [:]
            let schema = api.resolved(content["application/json"]?["schema"])
            for name in (schema["properties"] as? [String: Any] ?? [:]).keys {
                #expect(section.contains("<dt><code>\(name)</code>"), "\(id) \(name)")
            }
            for response in operation.responses.values {
                for type in api.resolved(response)["x-problem-types"] as? [String] ?? [] {
                    let cell = "<td><code>\(type.dropFirst("/problems/".count))</code></td>"
                    #expect(section.contains(cell) || commonTable.contains(cell), "\(id) \(type)")
                }
            }
        }
    }

    private static func section(_ id: String, of page: String) -> Substring? {
        guard let start = page.range(of: "<section class=\"operation\" id=\"\(id)\""),
            let end = page.range(of: "</section>", range: start.upperBound..<page.endIndex)
        else { return nil }
        return page[start.lowerBound..<end.lowerBound]
    }

    @Test("Links within the page lead somewhere, and nothing comes from elsewhere")
    func links() throws {
        let page = try Self.text("reference.html")
        let ids = Self.all(#/ id="([^"]+)"/#, in: page)
        #expect(Set(ids).count == ids.count, "an id stands twice")
        let links = Self.all(#/ href="([^"]+)"/#, in: page) + Self.all(#/ src="([^"]+)"/#, in: page)
        let files: Set<String> = ["/docs/reference.css", "/docs/reference.js", "/openapi.json"]
        for link in Set(links) where !link.hasPrefix("data:") {
            #expect(link.hasPrefix("#") ? ids.contains(String(link.dropFirst())) : files.contains(link), "\(link)")
        }
        for name in ["reference.html", "reference.css", "reference.js"] {
            let text = try Self.text(name)
            #expect(!text.contains("url(") && !text.contains("@import") && !text.contains("fetch("), "\(name)")
            #expect(!text.contains(" style=") && !text.contains(" onclick="), "the policy forbids what \(name) has")
        }
    }

    @Test("Every colour of text has a contrast of 4.5 to each that is behind it, light and dark")
    func contrast() throws {
        let style = try Self.text("reference.css")
        let blocks = style.components(separatedBy: ":root {").dropFirst().map { $0.prefix { $0 != "}" } }
        #expect(blocks.count == 2)
        for block in blocks {
            var colours: [String: Double] = [:]
            for match in block.matches(of: /--([a-z-]+): #([0-9a-f]{6});/) {
                colours[String(match.1)] = Self.luminance(try #require(Int(match.2, radix: 16)))
            }
            let plain = ["text", "quiet", "accent", "required"].flatMap { text in
                ["page", "panel", "code"].map { (text, $0) }
            }
            let code = ["code-name", "code-string", "code-value"].map { ($0, "code") }
            let verbs = ["get", "post", "put", "patch", "delete"].map { ($0, "\($0)-back") }
            for (text, back) in plain + code + verbs + [("accent", "mark"), ("text", "line")] {
                let (front, behind) = (try #require(colours[text]), try #require(colours[back]))
                let contrast = (max(front, behind) + 0.05) / (min(front, behind) + 0.05)
                #expect(contrast >= 4.5, "\(text) on \(back): \(contrast)")
            }
        }
    }

    /// The relative luminance of a colour (WCAG 2.2).
    private static func luminance(_ colour: Int) -> Double {
        let parts = [16, 8, 0].map { shift -> Double in
            let part = Double(colour >> shift & 0xFF) / 255
            return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }
}
