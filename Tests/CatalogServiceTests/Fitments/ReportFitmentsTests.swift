import CatalogAPI
import CatalogDomain
import CatalogMessages
import RPC
import RPCMessages
import Testing

@testable import CatalogService

@Suite("What is doubtful among a brand's fitments, over RPC")
struct ReportFitmentsTests {
    private func report(
        _ harness: FitmentHarness, _ kinds: [FitmentFindingKind], sku: String = "", size: UInt32 = 0
    ) async throws -> [FitmentFinding] {
        var request = ReportFitmentsRequest(kind: kinds, sku: sku, pageSize: size)
        var found: [FitmentFinding] = []
        repeat {
            let page = try await harness.client.reportFitments(request)
            if size != 0 { #expect(page.findings.count <= Int(size)) }
            found += page.findings
            request.pageToken = page.nextPageToken
        } while !request.pageToken.isEmpty
        return found
    }

    @Test("findings of all kinds, the same by pages of any size, and of one product")
    func findings() async throws {
        try await FitmentHarness.with { harness in
            for sku in ["A", "B", "C"] { try await harness.save(sku) }
            try await harness.add(
                [
                    .base(1), .base(2), .toyota("Camry", 2000, 2003), .toyota("Camry", 2006, 2008),
                    .toyota("Camri", 2000, 2000),
                ],
                to: "A")
            try await harness.add(
                [
                    .base(1), .base(2) { $0.notes = [.init(text: "x")] }, .toyota("Camry", 2002, 2002),
                    .toyota("Camry", 2007, 2007),
                ],
                to: "B")
            try await harness.add([.base(3), .toyota("Camry", 2002, 2003)], to: "C")
            let kinds: [FitmentFindingKind] = [.overlap, .duplicate, .commentNoComment, .gap, .unknownVehicle]
            let all = try await self.report(harness, kinds)
            #expect(
                all.map { "\($0.kind) \($0.skus.joined())" } == [
                    "overlap AB", "commentNoComment AB", "unknownVehicle A", "overlap ABC", "overlap AB", "gap A",
                    "gap B",
                ])
            #expect(all[5].years == [2004, 2005] && all[2].suggestions.first == "Camry")
            for size in UInt32(1)...7 { #expect(try await self.report(harness, kinds, size: size) == all, "\(size)") }
            #expect(try await self.report(harness, kinds, sku: "C").map(\.skus) == [["A", "B", "C"]])
            #expect(try await self.report(harness, kinds, sku: "B", size: 1).count == 5)
            #expect(try await self.report(harness, [.gap]).count == 2)
        }
    }

    @Test("a report without a known kind is refused, and so is a token of another report")
    func badInput() async throws {
        try await FitmentHarness.with { harness in
            #expect(
                try await harness.refusal { _ = try await self.report(harness, [.init(rawValue: 9)]) }
                    == "field-invalid")
            #expect(try await harness.refusal { _ = try await self.report(harness, []) } == "field-invalid")
            let refusal = try await harness.refusal {
                _ = try await harness.client.reportFitments(
                    ReportFitmentsRequest(kind: [.gap], pageToken: "0011223344556677"))
            }
            #expect(refusal == "field-invalid")
        }
    }

    @Test("more fitments than are read at once, in groups of every size, are all reported")
    func large() async throws {
        try await FitmentHarness.with { harness in
            for sku in ["A", "B"] { try await harness.save(sku) }
            for sku in ["A", "B"] {
                for part in UInt32(0)..<3 { try await harness.add((1...800).map { .base(part * 800 + $0) }, to: sku) }
            }
            #expect(try await self.report(harness, [.overlap], size: 1_000).count == 2_400)
        }
    }
}
