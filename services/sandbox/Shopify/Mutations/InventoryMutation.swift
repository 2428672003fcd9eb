internal import SandboxGraphQL
internal import SandboxJSON
internal import SandboxShop

/// Quantities that are set or moved: all entries of a call, or none.
struct InventoryMutation {
    /// Why stock may change.
    static let reasons = [
        "correction", "cycle_count_available", "damaged", "movement_canceled", "movement_created",
        "movement_received", "movement_updated", "other", "promotion", "quality_control", "received",
        "reservation_created", "reservation_deleted", "reservation_updated", "restock", "safety_stock", "shrinkage",
    ]

    private struct Change {
        var level: Level
        var name: String
        var delta: Int
        var ledger: String?
    }

    let view: ShopView
    let field: String
    let input: JSONValue

    private var state: ShopState { self.view.state }
    private var isAdjust: Bool { self.field == "inventoryAdjustQuantities" }
    private var list: String {
        switch self.field {
        case "inventorySetQuantities": "quantities"
        case "inventorySetOnHandQuantities": "setQuantities"
        default: "changes"
        }
    }
    private var rows: [JSONValue] { self.input[self.list]?.array ?? [] }
    private var name: String {
        self.field == "inventorySetOnHandQuantities" ? "on_hand" : self.input["name"]?.text ?? ""
    }

    func payload() -> JSONValue {
        let general = self.generalErrors()
        guard general.isEmpty else { return UserErrors.payload(general) }
        var errors: [JSONValue] = []
        var changes: [Change] = []
        for (index, row) in self.rows.enumerated() {
            switch self.change(row, index) {
            case .success(let change): changes.append(change)
            case .failure(let refusal): errors.append(refusal.error)
            }
        }
        guard errors.isEmpty else { return UserErrors.payload(errors) }
        return self.apply(changes.filter { $0.delta != 0 })
    }

    private func error(_ path: [String], _ message: String, _ code: String) -> JSONValue {
        UserErrors.error(of: self.field, ["input"] + path, message, code)
    }
}

// MARK: - What is wrong

extension InventoryMutation {
    private struct Refusal: Error { var error: JSONValue }

    private func generalErrors() -> [JSONValue] {
        var errors: [JSONValue] = []
        if !Self.reasons.contains(self.input["reason"]?.text ?? "") {
            errors.append(
                self.error(
                    ["reason"],
                    "The specified reason is invalid. Valid values are: \(Self.reasons.joined(separator: ", ")).",
                    "INVALID_REASON"))
        }
        if let error = self.nameError() { errors.append(error) }
        if let uri = self.input["referenceDocumentUri"]?.text, !Self.isURI(uri) {
            errors.append(
                self.error(
                    ["referenceDocumentUri"], "The specified reference document is invalid.",
                    "INVALID_REFERENCE_DOCUMENT"))
        }
        return errors + (self.isAdjust ? self.ledgerErrors() : self.duplicateErrors())
    }

    private func nameError() -> JSONValue? {
        if self.isAdjust {
            guard self.name != "available", !Level.otherNames.contains(self.name) else { return nil }
            let names = (["available"] + Level.otherNames).joined(separator: ", ")
            return self.error(
                ["name"], "The specified quantity name is invalid. Valid values are: \(names).", "INVALID_QUANTITY_NAME"
            )
        }
        guard self.name != "available", self.name != "on_hand" else { return nil }
        return self.error(
            ["name"], "The quantity name must be either 'available' or 'on_hand'.", "INVALID_NAME")
    }

    private static func isURI(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":"), text.startIndex < colon else { return false }
        return text.utf8.count <= 2_048 && text[text.index(after: colon)...].count > 1
            && text[..<colon].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
    }

    private func ledgerErrors() -> [JSONValue] {
        var errors: [JSONValue] = []
        for (index, row) in self.rows.enumerated() {
            let path = ["changes", String(index), "ledgerDocumentUri"]
            switch (row["ledgerDocumentUri"]?.text, self.name == "available") {
            case (nil, false):
                errors.append(
                    self.error(
                        path, "A ledger document URI is required except when adjusting available.",
                        "INVALID_QUANTITY_DOCUMENT"))
            case (_?, true):
                errors.append(
                    self.error(
                        path, "A ledger document URI is not allowed when adjusting available.",
                        "INVALID_AVAILABLE_DOCUMENT"))
            case (let uri?, false) where uri.hasPrefix("gid://shopify/"):
                errors.append(
                    self.error(
                        path, "Internal (gid://shopify/) ledger documents are not allowed to be adjusted via API.",
                        "INTERNAL_LEDGER_DOCUMENT"))
            case (let uri?, false) where !Self.isURI(uri):
                errors.append(
                    self.error(path, "The specified ledger document is invalid.", "INVALID_LEDGER_DOCUMENT"))
            default: break
            }
        }
        guard errors.isEmpty, Set(self.rows.map { $0["ledgerDocumentUri"]?.text }).count > 1 else { return errors }
        return [
            self.error(
                ["changes"],
                "All changes must have the same ledger document URI or, in the case of adjusting available, no ledger "
                    + "document URI.", "MAX_ONE_LEDGER_DOCUMENT")
        ]
    }

    private func duplicateErrors() -> [JSONValue] {
        var places: [String: [Int]] = [:]
        for (index, row) in self.rows.enumerated() {
            let pair = "\(row["inventoryItemId"]?.text ?? "") \(row["locationId"]?.text ?? "")"
            places[pair, default: []].append(index)
        }
        return places.values.filter { $0.count > 1 }.flatMap { $0 }.sorted().map { index in
            self.error(
                [self.list, String(index), "locationId"],
                "The combination of inventoryItemId and locationId must be unique.",
                "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR")
        }
    }

    private func change(_ row: JSONValue, _ index: Int) -> Result<Change, Refusal> {
        func refused(_ member: String, _ message: String, _ code: String) -> Result<Change, Refusal> {
            .failure(Refusal(error: self.error([self.list, String(index), member], message, code)))
        }
        let quantity = Int(row[self.isAdjust ? "delta" : "quantity"]?.integer ?? 0)
        let member = self.isAdjust ? "delta" : "quantity"
        if !self.isAdjust, self.name == "on_hand", quantity < 0 {
            return refused(member, "The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE")
        }
        guard quantity <= ShopState.maximumQuantity else {
            return refused(member, "The quantity can't be higher than 1,000,000,000.", "INVALID_QUANTITY_TOO_HIGH")
        }
        guard quantity >= -ShopState.maximumQuantity else {
            return refused(member, "The quantity can't be lower than -1,000,000,000.", "INVALID_QUANTITY_TOO_LOW")
        }
        guard let item = Gid.number(row["inventoryItemId"]?.text, "InventoryItem"),
            self.state.variant(item: item) != nil
        else {
            return refused(
                "inventoryItemId", "The specified inventory item could not be found.", "INVALID_INVENTORY_ITEM")
        }
        guard let location = Gid.number(row["locationId"]?.text, "Location"), self.state.locations[location] != nil
        else { return refused("locationId", "The specified location could not be found.", "INVALID_LOCATION") }
        guard let level = self.state.levels[Level.Key(itemID: item, locationID: location)] else {
            return refused(
                "locationId", "The specified inventory item is not stocked at the location.",
                "ITEM_NOT_STOCKED_AT_LOCATION")
        }
        let current = level[self.name] ?? 0
        if let expected = row["changeFromQuantity"]?.integer, Int(expected) != current {
            return refused(
                "changeFromQuantity", "The changeFromQuantity argument no longer matches the persisted quantity.",
                "CHANGE_FROM_QUANTITY_STALE")
        }
        let delta = self.isAdjust ? quantity : quantity - current
        guard abs(current + delta) <= ShopState.maximumQuantity else {
            return refused(member, "The quantity can't be higher than 1,000,000,000.", "INVALID_QUANTITY_TOO_HIGH")
        }
        // What lies there changes by what can be sold of it.
        let name = self.name == "on_hand" ? "available" : self.name
        return .success(Change(level: level, name: name, delta: delta, ledger: row["ledgerDocumentUri"]?.text))
    }
}

// MARK: - What is done

extension InventoryMutation {
    private func apply(_ changes: [Change]) -> JSONValue {
        guard !changes.isEmpty else { return UserErrors.payload([]) }
        let moment = Moment.now()
        var told: [JSONValue] = []
        for change in changes {
            // An earlier entry of the call may have changed the level, where entries may repeat it.
            let level = self.state.levels[change.level.key] ?? change.level
            self.state.change(level, change.name, by: change.delta, at: moment)
            told.append(self.tell(change, change.name))
            if change.name != "incoming" { told.append(self.tell(change, "on_hand")) }
        }
        return [
            "inventoryAdjustmentGroup": [
                "$type": "InventoryAdjustmentGroup",
                "id": .string(Gid.text("InventoryAdjustmentGroup", self.state.nextID())),
                "createdAt": .string(moment.text), "reason": self.input["reason"] ?? .null,
                "referenceDocumentUri": self.input["referenceDocumentUri"] ?? .null, "changes": .array(told),
            ],
            "userErrors": [],
        ]
    }

    private func tell(_ change: Change, _ name: String) -> JSONValue {
        [
            "$type": "InventoryChange", "name": .string(name), "delta": .number(change.delta),
            "ledgerDocumentUri": name == "on_hand" ? .null : .text(change.ledger),
            "item": StoredObject.reference("InventoryItem", change.level.itemID),
            "location": StoredObject.reference("Location", change.level.locationID),
        ]
    }
}

extension MutationRoot {
    /// Begins to keep an item at a location.
    func activate(_ arguments: GraphQLArguments) -> JSONValue {
        let state = self.view.state
        func refused(_ member: String, _ message: String) -> JSONValue {
            UserErrors.payload([UserErrors.error(of: "inventoryActivate", [member], message)])
        }
        guard let item = Gid.number(arguments["inventoryItemId"]?.text, "InventoryItem"),
            state.variant(item: item) != nil
        else { return refused("inventoryItemId", "The specified inventory item could not be found.") }
        guard let location = Gid.number(arguments["locationId"]?.text, "Location"), state.locations[location] != nil
        else { return refused("locationId", "The specified location could not be found.") }
        let key = Level.Key(itemID: item, locationID: location)
        let quantity = Int(arguments["available"]?.integer ?? arguments["onHand"]?.integer ?? 0)
        guard abs(quantity) <= ShopState.maximumQuantity else {
            return refused("available", "The quantity can't be higher than 1,000,000,000.")
        }
        if state.levels[key] != nil {
            guard arguments["available"] == nil, arguments["onHand"] == nil else {
                return refused(
                    "available",
                    "Not allowed to set available quantity when the item is already active at the location.")
            }
        } else {
            let level = Level(itemID: item, locationID: location, at: .now())
            state.put(level)
            state.change(level, "available", by: quantity)
        }
        let gid = "\(Gid.text("InventoryLevel", location))?inventory_item_id=\(item)"
        return ["inventoryLevel": ["$ref": .string(gid)], "userErrors": []]
    }
}
