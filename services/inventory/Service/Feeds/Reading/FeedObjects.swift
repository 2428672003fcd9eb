internal import FileFormats
internal import InventoryDomain

/// What the objects of a file of JSON are.
enum FeedObjects: Sendable {
    /// Rows, whose members are mapped as columns are.
    case rows(FeedMembers)
    /// Documents as `UpdateStock` and imports take them, with the stock of one SKU at several locations.
    case documents(DocumentRules)

    /// How the stock of a document's locations is read.
    struct DocumentRules: Sendable {
        /// Whether it is told as units on hand; else as those free to be sold.
        let isOnHand: Bool
        /// Theirs to ours.
        let renamed: [String: LocationID]
    }

    /// What an object says.
    func rows(_ text: ArraySlice<UInt8>) -> [FeedText.Row] {
        let value: JSONValue
        do throws(JSONFault) { value = try JSONValue(text) } catch {
            return [.failure(InvalidValue("object", "is no JSON: \(error.reason)", expected: "JSON"))]
        }
        guard case .object(let members) = value else {
            return [.failure(InvalidValue("element", "is \(value.kind)", expected: "an object"))]
        }
        switch self {
        case .rows(let names):
            do throws(InvalidValue) {
                return [.success(try names.line(members.map { (name: $0.name, value: Self.field($0)) }))]
            } catch {
                return [.failure(error)]
            }
        case .documents(let rules): return rules.rows(value, members)
        }
    }

    /// A member's value as the text that a column would have.
    private static func field(_ member: JSONValue.Member) -> FeedMapping.Field {
        switch member.value {
        case .string(let text), .number(let text): .success(text)
        case .bool(let value): .success("\(value)")
        case .null: .success("")
        case .object, .array:
            .failure(
                InvalidValue(
                    "member \(member.name.prefix(64).debugDescription)", "is \(member.value.kind)",
                    expected: "a text or a number"))
        }
    }
}

extension FeedObjects.DocumentRules {
    /// What a document says of the stock at its locations. What it says of the SKU itself is not for partners to say, and
    /// passed over.
    fileprivate func rows(_ document: JSONValue, _ members: [JSONValue.Member]) -> [FeedText.Row] {
        do throws(RowFault) {
            let row = try ImportDocumentFields.row(document, line: 1)
            return row.levels.map { .success(self.line(row.sku, $0)) }
        } catch {
            let fault = InvalidValue("document", error.message, expected: error.expected)
            // Its stock stays as it was, wherever that is, if one can tell whose it is.
            guard case .string(let text)? = members.first(where: { $0.name == "sku" })?.value,
                let sku = try? SKU(text)
            else { return [.failure(fault)] }
            return [.success(FeedLine(sku: sku, location: nil, fault: fault))]
        }
    }

    private func line(_ sku: SKU, _ level: LevelUpdate) -> FeedLine {
        let location = self.renamed["\(level.location)"] ?? level.location
        switch (level.target, self.isOnHand) {
        case (.onHand(let units), true), (.available(let units), false):
            return FeedLine(sku: sku, location: location, units: units)
        case (.onHand, false), (.available, true):
            let (found, expected) = self.isOnHand ? ("stockAvailable", "onHand") : ("onHand", "stockAvailable")
            return FeedLine(
                sku: sku, location: location,
                fault: InvalidValue("stock", "is given as \(found)", expected: "\(expected), as the feed says"))
        }
    }
}
