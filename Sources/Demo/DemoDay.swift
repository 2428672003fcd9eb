internal import Foundation
internal import InventoryAPI
internal import InventoryMessages
internal import OrderAPI
internal import OrderMessages
internal import Synchronization
internal import WellKnownMessages

/// A day of the demo brand: receipts, orders of four channels, parcels, returns, hour by hour, as fast as the services are.
public struct DemoDay: Sendable {
    /// How many orders come in an hour, compared with others.
    private static let hours = [1, 1, 0, 0, 0, 1, 2, 4, 6, 8, 9, 9, 8, 8, 7, 7, 7, 8, 9, 10, 9, 7, 4, 2]
    private static let seconds: Int64 = 86_400

    let services: DemoServices
    /// Distinguishes this day's orders and commands from those of others.
    let name: String
    private let seed: UInt64
    private let orders: Int
    /// The second at which the day began; it ends now.
    private let beginning: Int64

    /// - Parameters:
    ///   - name: Unique among the days of the brand; at most 40 bytes.
    ///   - seed: What chance goes by.
    ///   - orders: How many are placed, about.
    public init(_ services: DemoServices, name: String, seed: UInt64, orders: Int) {
        self.services = services
        self.name = name
        self.seed = seed
        self.orders = orders
        self.beginning = Int64(Date().timeIntervalSince1970) - Self.seconds
    }

    /// Lets the day happen.
    ///
    /// - Parameter hour: Is told of each hour when it is over.
    /// - Returns: What happened.
    /// - Throws: What a service refused, or ``DemoError`` where stock does not add up at its end.
    public func run(hour: @Sendable (Int, DemoTally) -> Void) async throws -> DemoTally {
        let before = try await self.unitsOnHand()
        var (day, chance, number) = (DemoTally(), DemoChance(seed: self.seed), 0)
        let weight = Self.hours.reduce(0, +)
        for (place, share) in Self.hours.enumerated() {
            let orders = (0..<(self.orders * share + weight / 2) / weight).map { _ in
                number += 1
                let second = self.beginning + Int64(place * 3_600 + Int.random(in: 0..<3_600, using: &chance))
                return DemoOrder("\(self.name)-\(number)", at: ProtoTimestamp(seconds: second), &chance)
            }
            let tally = try await self.run(orders, receipts: place == 7 ? Self.receipts(&chance) : [])
            hour(place, tally)
            day += tally
        }
        let after = try await self.unitsOnHand()
        let expected = before + day.received - day.units + day.restocked
        guard after == expected else {
            throw DemoError(
                "the stock does not add up: \(before) units on hand before, \(day.received) received, \(day.units) "
                    + "shipped, \(day.restocked) back on the shelf are \(expected), but \(after) are on hand")
        }
        return day
    }

    private func run(
        _ orders: [DemoOrder], receipts: [(part: DemoPart, quantity: Int64)]
    ) async throws -> DemoTally {
        let tally = Mutex(DemoTally())
        let inventory = InventoryServiceClient(self.services.inventory)
        try await concurrently(receipts, width: DemoBrand.width) { receipt in
            _ = try await inventory.receiveStock(
                ReceiveStockRequest(
                    commandID: "\(self.name)-receipt-\(receipt.part.sku)", sku: receipt.part.sku,
                    locationID: DemoLocation.all[0].id, quantity: receipt.quantity))
            tally.withLock { $0.received += receipt.quantity }
        }
        try await concurrently(orders, width: DemoBrand.width) { order in
            let part = try await DemoOrderRun(order, services: self.services).run()
            tally.withLock { $0 += part }
        }
        return tally.withLock { $0 }
    }

    /// What suppliers bring in the morning: of what sells best.
    private static func receipts(_ chance: inout DemoChance) -> [(part: DemoPart, quantity: Int64)] {
        DemoPart.all.sorted { ($1.demand, $0.sku) < ($0.demand, $1.sku) }.prefix(40).map {
            (part: $0, quantity: Int64.random(in: 10...40, using: &chance))
        }
    }

    /// Of all the brand's parts everywhere, those set aside not counted.
    private func unitsOnHand() async throws -> Int64 {
        let inventory = InventoryServiceClient(self.services.inventory)
        var (units, request) = (Int64(0), ListStockRequest(detail: .full, pageSize: 500))
        repeat {
            let page = try await inventory.listStock(request)
            for item in page.items { units += item.warehouses.reduce(0) { $0 + ($1.onHand ?? 0) } }
            request.pageToken = page.nextPageToken
        } while !request.pageToken.isEmpty
        return units
    }
}
