internal import ChannelAdapter
internal import Crypto
internal import FileFormats

/// A parcel as the platform is told of it: without I/O.
struct AmazonParcel: Sendable {
    /// Carriers that the platform has a code of its own for, by their names in lower case; others go as "Other", by name.
    private static let carriers = [
        "usps": "USPS", "ups": "UPS", "fedex": "FedEx", "dhl": "DHL", "dpd": "DPD", "gls": "GLS",
        "royal mail": "Royal Mail", "hermes": "Hermes", "canada post": "Canada Post",
    ]

    let task: OrderTaskCall

    /// The name of the parcel within its order. The platform takes positive numbers, and one that it knows already changes
    /// that parcel: each try of a task has the same, so a repeat sends nothing twice.
    var referenceID: String {
        let digest = SHA256.hash(data: Array(self.task.key.utf8))
        let number = digest.prefix(7).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return "\(number % 999_999_999_999_999 + 1)"
    }

    /// Whether an order as the platform has it has the parcel.
    func isIn(_ order: JSONValue) -> Bool {
        order["packages"]?.elements.contains { $0["packageReferenceId"]?.digits == self.referenceID } ?? false
    }

    /// Whether the platform's ids of all lines are known.
    var hasLineIDs: Bool { self.task.lines.allSatisfy { !$0.lineID.isEmpty } }

    /// What is sent.
    ///
    /// - Parameter order: As the platform has it, where the ids of lines are not known.
    func body(marketplaceID: String, order: JSONValue?) throws(PlatformFault) -> JSONValue {
        guard !self.task.trackingNumber.isEmpty else {
            throw PlatformFault(
                .refused, code: "tracking-missing", "the platform takes no parcel without a tracking number")
        }
        guard !self.task.lines.isEmpty else {
            throw PlatformFault(.refused, code: "lines-missing", "the parcel has no lines")
        }
        var items: [JSONValue] = []
        for line in self.task.lines where line.quantity > 0 {
            let id = try Self.lineID(line, order)
            items.append(.members(["orderItemId": .string(id), "quantity": .integer(line.quantity)]))
        }
        let code = Self.carriers[self.task.carrier.lowercased()]
        return .members([
            "marketplaceId": .string(marketplaceID),
            "packageDetail": .members([
                "packageReferenceId": .string(self.referenceID), "carrierCode": .string(code ?? "Other"),
                "carrierName": code == nil
                    ? .string(self.task.carrier.isEmpty ? "Other" : self.task.carrier) : nil,
                "trackingNumber": .string(self.task.trackingNumber),
                "shipDate": .string(PlatformTime.text(self.task.happenedAt)), "orderItems": .array(items),
            ]),
        ])
    }

    /// The platform's id of a line; by its SKU, where there is one line with it.
    static func lineID(_ line: OrderTaskCall.Line, _ order: JSONValue?) throws(PlatformFault) -> String {
        guard line.lineID.isEmpty else { return line.lineID }
        let found = (order?["orderItems"]?.elements ?? []).filter { $0.at("product", "sellerSku")?.text == line.sku }
        guard found.count == 1, let id = found[0]["orderItemId"]?.text else {
            throw PlatformFault(
                .refused, code: "line-unknown",
                "the platform's order has \(found.count) lines with the SKU \(line.sku.debugDescription), and none is named"
            )
        }
        return id
    }
}
