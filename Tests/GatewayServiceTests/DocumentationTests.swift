import Foundation
import SandboxTestSupport
import ServiceKit
import TestSupport
import Testing

@testable import GatewayService

@Suite("docs/gateway.md, and those of the catalog, of pricing, of orders and of channels", .timeLimit(.minutes(5)))
struct DocumentationTests {
    private static func read(_ path: String) throws -> String { try DocumentedExample.read(path) }

    @Test("the first ten minutes go as they are told")
    func examples() async throws {
        let examples = try DocumentedExample.all(of: "docs/gateway.md")
        #expect(examples.count == 19)
        try await GatewayHarness.with { try await DocumentedExample.check(examples, on: $0) }
    }

    @Test(
        "what the pages about the catalog show is so",
        arguments: [("catalog", 16), ("fitment", 5), ("catalog-files", 4)])
    func catalogExamples(_ page: String, _ count: Int) async throws {
        let examples = try DocumentedExample.all(of: "docs/\(page).md")
        #expect(examples.count == count)
        try await GatewayHarness.withCatalog { try await DocumentedExample.check(examples, on: $0) }
    }

    @Test("what the page about orders shows is so")
    func orderExamples() async throws {
        let examples = try DocumentedExample.all(of: "docs/orders.md")
        #expect(examples.count == 18)
        try await GatewayHarness.withOrders { try await DocumentedExample.check(examples, on: $0) }
    }

    @Test("what the page about channels shows is so")
    func channelExamples() async throws {
        let examples = try DocumentedExample.all(of: "docs/channels.md")
        #expect(examples.count == 29)
        try await withSandbox { sandbox in
            try await GatewayHarness.withChannels(allowsPrivate: true) { gateway, channels in
                try await channels.working(try channels.connections(), stock: ["ABC1234": 12]) {
                    try await DocumentedExample.check(
                        examples, on: gateway, ["SANDBOX": sandbox.url, "CONTROL": SandboxControl.token])
                }
            }
        }
    }

    @Test("what the page about pricing shows is so")
    func pricingExamples() async throws {
        let examples = try DocumentedExample.all(of: "docs/pricing.md")
        #expect(examples.count == 7)
        try await GatewayHarness.withPricing { try await DocumentedExample.check(examples, on: $0) }
    }

    @Test("every problem that the gateway tells of by itself is listed, with its status")
    func problems() throws {
        let rows = try Self.read("docs/gateway.md").split(separator: "\n").filter { $0.hasPrefix("| ") }
        var types: Set<String> = []
        for file in FileManager.default.enumerator(atPath: Python.root.appending(path: "services/gateway").path)
            ?? .init()
        {
            guard let path = file as? String, path.hasSuffix(".swift") else { continue }
            let text = try Self.read("services/gateway/\(path)")
            for match in text.matches(of: /(?:ProblemDocument|self\.init)\(\s*(\d{3}), "([a-z-]+)"/) {
                let (status, type) = (match.1, match.2)
                types.insert(String(type))
                let isListed = rows.contains {
                    $0.contains("`\(type)`") && ($0.split(separator: "|").first ?? "").contains(status)
                }
                #expect(isListed, "\(status) \(type)")
            }
        }
        #expect(types.count > 15)
    }

    @Test("every setting is listed")
    func settings() throws {
        let text = try Self.read("docs/gateway.md")
        for setting in GatewaySettings.all { #expect(text.contains("`\(setting.declaration.name)`")) }
    }
}
