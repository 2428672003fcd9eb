import ChannelAdapter
import Testing

@testable import AmazonAdapter

@Suite("Stock in the platform's warehouses is read page by page, or not at all")
struct FulfilledStockTests {
    static let summary = #"""
        {"sellerSku":"PAD-1","condition":"NewItem","totalQuantity":29,"inventoryDetails":{"fulfillableQuantity":12,\#
        "inboundWorkingQuantity":1,"inboundShippedQuantity":2,"inboundReceivingQuantity":4,\#
        "reservedQuantity":{"totalReservedQuantity":5,"pendingCustomerOrderQuantity":5},\#
        "unfulfillableQuantity":{"totalUnfulfillableQuantity":3}}}
        """#

    static func page(_ summaries: [String], next: String?) -> String {
        let pagination = next.map { #","pagination":{"nextToken":"\#($0)"}"# } ?? ""
        return #"{"payload":{"granularity":{"granularityType":"Marketplace","granularityId":"ATVPDKIKX0DER"},"#
            + #""inventorySummaries":[\#(summaries.joined(separator: ","))]}\#(pagination)}"#
    }

    private static func fault(_ body: String) async throws -> PlatformFault? {
        let session = try ScriptedAmazon([.json(body)]).session()
        do throws(PlatformFault) {
            _ = try await session.fulfilledStock(page: "")
            return nil
        } catch {
            return error
        }
    }

    @Test("each page is asked for with the token of the one before, the last one has none")
    func pages() async throws {
        let amazon = ScriptedAmazon([
            .json(Self.page([Self.summary], next: "t+1")), .json(Self.page([], next: nil)),
        ])
        let session = try amazon.session()
        let first = try await session.fulfilledStock(page: "")
        let last = try await session.fulfilledStock(page: first.next)
        #expect(first.rows == [FulfilledStock(platformSKU: "PAD-1", fulfillable: 12, reserved: 5, inbound: 7)])
        #expect(first.next == "t+1" && last.rows.isEmpty && last.next.isEmpty)
        let query =
            "/fba/inventory/v1/summaries?details=true&granularityType=Marketplace&granularityId=ATVPDKIKX0DER"
            + "&marketplaceIds=ATVPDKIKX0DER"
        #expect(amazon.calls.map(\.target) == [query, query + "&nextToken=t%2B1"])
    }

    @Test(
        "an answer that does not say all is a fault, never less stock",
        arguments: [
            "{}", #"{"payload":{}}"#, page([#"{"totalQuantity":1}"#], next: nil),
            page([#"{"sellerSku":"A","totalQuantity":1}"#], next: nil),
            page([#"{"sellerSku":"A","inventoryDetails":{"fulfillableQuantity":-1}}"#], next: nil),
            page([#"{"sellerSku":"A","inventoryDetails":{"fulfillableQuantity":"many"}}"#], next: nil),
            #"{"payload":{"inventorySummaries":[]},"errors":[{"code":"InternalFailure","message":"no"}]}"#,
        ])
    func unreadable(_ body: String) async throws { #expect(try await Self.fault(body) != nil) }
}
