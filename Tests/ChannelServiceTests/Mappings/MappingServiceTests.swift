import ChannelAPI
import ChannelAdapter
import ChannelMessages
import Postgres
import RPC
import RPCMessages
import Refusals
import Testing

@testable import ChannelDomain
@testable import ChannelService

@Suite("Mappings as they are saved, tried and used")
struct MappingServiceTests {
    private static let rules = [
        MappingRule(target: "title", source: "name", transforms: [Transform(function: "upper")], required: true),
        MappingRule(target: "material", source: "attributes.Material"),
    ]

    @Test("until the brand has saved one, the adapter's own counts; saved, it counts, until it is taken back")
    func life() async throws {
        try await ConnectionHarness.with { harness in
            try await harness.put()
            _ = harness.concern.take()
            let own = try await harness.mappingClient.getMapping(GetMappingRequest(connection: "shop"))
            #expect(own.isDefault && own.version == 0 && own.rules == SampleAdapter().rules)
            let saved = try await harness.mappingClient.putMapping(
                PutMappingRequest(connection: "shop", mapping: Mapping(rules: Self.rules), expectedVersion: 0))
            #expect(!saved.isDefault && saved.version == 1 && saved.rules == Self.rules && saved.updatedAt != nil)
            #expect(harness.concern.take() == [.policy([.content], "shop"), .changed("shop")])
            let again = try await harness.mappingClient.putMapping(
                PutMappingRequest(connection: "shop", mapping: saved))
            #expect(again == saved && harness.concern.take().isEmpty)
            let stale = try await harness.problem {
                _ = try await harness.mappingClient.putMapping(
                    PutMappingRequest(connection: "shop", mapping: Mapping(), expectedVersion: 0))
            }
            #expect(stale?.type == "version-conflict" && stale?.version == 1)
            _ = try await harness.mappingClient.deleteMapping(GetMappingRequest(connection: "shop"))
            let back = try await harness.mappingClient.getMapping(GetMappingRequest(connection: "shop"))
            #expect(back.isDefault && back.version == 2 && back.rules == SampleAdapter().rules)
            // Versions never come again.
            let second = try await harness.mappingClient.putMapping(
                PutMappingRequest(connection: "shop", mapping: Mapping(rules: Self.rules)))
            #expect(second.version == 3)
        }
    }

    @Test("a mapping that is not valid is refused as a whole, with each place, and the one before stays")
    func invalid() async throws {
        try await ConnectionHarness.with { harness in
            try await harness.put()
            let broken = Mapping(rules: [
                MappingRule(target: "t", source: "a[", transforms: [Transform(function: "shout")]),
                MappingRule(target: "u", source: "b", conditions: [MappingCondition(source: "c", test: "is")]),
            ])
            for call in [
                { @Sendable in
                    _ = try await harness.mappingClient.putMapping(
                        PutMappingRequest(connection: "shop", mapping: broken))
                },
                { @Sendable in
                    _ = try await harness.mappingClient.previewMapping(
                        PreviewMappingRequest(connection: "shop", sku: "ABC1234", mapping: broken))
                },
            ] as [@Sendable () async throws -> Void] {
                let problem = try await harness.problem(call)
                #expect(problem?.type == "invalid-value")
                #expect(
                    problem?.fields.map(\.field) == [
                        "mapping.rules[0].source", "mapping.rules[0].transforms[0].function",
                        "mapping.rules[1].conditions[0].test",
                    ])
            }
            #expect(try await harness.number("select count(*) from mapping") == 0)
        }
    }

    @Test("a preview shows each value with its rule, what keeps the listing from being sent, and the document")
    func preview() async throws {
        try await ConnectionHarness.with { harness in
            try await harness.put()
            let own = try await harness.mappingClient.previewMapping(
                PreviewMappingRequest(connection: "shop", sku: "ABC1234"))
            #expect(
                own.values == [
                    MappedValue(target: "title", value: "Brake Pad Set", rule: 0),
                    MappedValue(target: "maker", value: "Bremstar", rule: 1),
                ])
            #expect(own.problems.isEmpty && own.document == "title=Brake Pad Set\nmaker=Bremstar")
            let tried = try await harness.mappingClient.previewMapping(
                PreviewMappingRequest(connection: "shop", sku: "ABC1234", mapping: Mapping(rules: Self.rules)))
            #expect(tried.values.map(\.value) == ["BRAKE PAD SET", "Ceramic"])
            let missing = Mapping(
                rules: [
                    MappingRule(target: "title", source: "description", required: true),
                    MappingRule(target: "title", constant: ""),
                ].dropLast())
            #expect(
                try await harness.mappingClient.previewMapping(
                    PreviewMappingRequest(connection: "shop", sku: "ABC1234", mapping: missing)
                ).problems == ["title is required, and no rule gives it a value"])
            let unknown = try await harness.problem {
                _ = try await harness.mappingClient.previewMapping(
                    PreviewMappingRequest(connection: "shop", sku: "NOBODY"))
            }
            #expect(unknown?.type == "unknown-sku" && unknown?.fields.first?.field == "sku")
        }
    }

    @Test("a listing's overrides count in previews and in what is sent; what its platform would refuse is told")
    func overrides() async throws {
        try await ConnectionHarness.with { harness in
            try await harness.put()
            let connection = try #require(try await harness.connections.connection(harness.key()))
            let listing = ListingReference(sku: "ABC1234", platformSKU: "P-1", ids: ["id": "7"])
            let row = try #require(
                try await harness.content.content(listing, overrides: ["title": "Mine"], of: connection))
            #expect(row.listing == listing)
            #expect(row.values.first == ContentRow.Value(target: "title", value: "Mine"))
            let long = String(repeating: "x", count: 21)
            let refusal = await #expect(throws: ChannelRefusal.self) {
                try await harness.content.content(listing, overrides: ["title": long], of: connection)
            }
            #expect(refusal?.description == "the title is too long")
            let none = ListingReference(sku: "NOBODY", platformSKU: "NOBODY", ids: [:])
            #expect(try await harness.content.content(none, overrides: [:], of: connection) == nil)
        }
    }

    @Test("a saved mapping is used at once by who saved it, and soon by other processes")
    func used() async throws {
        try await ConnectionHarness.with { harness in
            try await harness.put()
            let connection = try #require(try await harness.connections.connection(harness.key()))
            let listing = ListingReference(sku: "ABC1234", platformSKU: "P-1", ids: [:])
            let other = MappedContent(
                mappings: Mappings(harness.connections), products: harness.content.products)
            func title(_ content: MappedContent) async throws -> String? {
                try await content.content(listing, overrides: [:], of: connection)?.values.first?.value
            }
            #expect(try await title(other) == "Brake Pad Set")
            #expect(try await title(harness.content) == "Brake Pad Set")
            _ = try await harness.mappingClient.putMapping(
                PutMappingRequest(connection: "shop", mapping: Mapping(rules: Self.rules)))
            #expect(try await title(harness.content) == "BRAKE PAD SET")
            while try await title(other) != "BRAKE PAD SET" { try await Task.sleep(for: .milliseconds(20)) }
        }
    }

    @Test("fitments are there for mappings that look at them, all pages of them, up to their limit")
    func fitments() async throws {
        let rules = [
            MappingRule(
                target: "fits", source: "fitments[*].vehicle.make",
                transforms: [Transform(function: "join", arguments: [";"])])
        ]
        for (count, isTooMany) in [(2_500, false), (MappingLimits.fitments + 1, true)] {
            try await ConnectionHarness.with(catalog: SampleCatalog(fitments: count)) { harness in
                try await harness.put()
                let request = PreviewMappingRequest(
                    connection: "shop", sku: "ABC1234", mapping: Mapping(rules: rules))
                guard !isTooMany else {
                    let problem = try await harness.problem {
                        _ = try await harness.mappingClient.previewMapping(request)
                    }
                    #expect(problem?.type == "invalid-value")
                    return
                }
                let preview = try await harness.mappingClient.previewMapping(request)
                #expect(preview.values.first?.value.split(separator: ";").count == count)
            }
        }
    }
}
