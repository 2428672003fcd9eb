internal import ChannelAdapter
internal import FileFormats

/// What a listing is to say, in the platform's words.
struct EbayListing {
    /// Targets of the product that go under their own names.
    private static let texts = ["title", "subtitle", "description", "brand", "mpn", "epid"]
    /// Targets of the product that are lists, a value a line.
    private static let lists = ["imageUrls", "upc", "ean", "isbn"]
    /// The longest texts that the platform takes, in characters.
    private static let characters = ["title": 80, "subtitle": 55, "description": 4_000, "brand": 65, "mpn": 65]
    private static let images = 24
    private static let listingDescriptionCharacters = 500_000
    private static let aspectPrefix = "aspects."

    let sku: String
    /// What the platform would refuse.
    private(set) var problems: [String] = []
    private var product: [JSONValue.Member] = []
    private var aspects: [JSONValue.Member] = []
    private var item: [JSONValue.Member] = []
    private(set) var offer: [JSONValue.Member] = []
    /// The vehicles that it fits; nil: nothing is said of them, and what is there stays.
    private(set) var vehicles: [JSONValue]?

    /// The category that it is to be in; nil: nothing is said of it.
    var categoryID: String? { self.offer.last { $0.name == "categoryId" }?.value.text }

    init(_ row: ContentRow) {
        self.sku = EbaySession.platformSKU(row.listing)
        for value in row.values { self.take(value.target, value.value) }
        self.check()
    }

    private mutating func take(_ target: String, _ value: String) {
        switch target {
        case _ where Self.texts.contains(target): self.product.append(.init(name: target, value: .string(value)))
        case _ where Self.lists.contains(target):
            self.product.append(.init(name: target, value: .array(Self.parts(value).map { .string($0) })))
        case _ where target.hasPrefix(Self.aspectPrefix) && target.count > Self.aspectPrefix.count:
            let name = String(target.dropFirst(Self.aspectPrefix.count))
            self.aspects.append(.init(name: name, value: .array(Self.parts(value).map { .string($0) })))
        case "condition", "conditionDescription": self.item.append(.init(name: target, value: .string(value)))
        case "categoryId", "listingDescription": self.offer.append(.init(name: target, value: .string(value)))
        case "fitment": self.takeFitment(value)
        default:
            self.problems.append(
                "\(target) is no target; valid are \((Self.texts + Self.lists).joined(separator: ", ")), condition, "
                    + "conditionDescription, categoryId, listingDescription, fitment and aspects.NAME")
        }
    }

    private static func parts(_ text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).map { part in
            var part = part
            while let first = part.first, first.isWhitespace { part.removeFirst() }
            while let last = part.last, last.isWhitespace { part.removeLast() }
            return String(part)
        }.filter { !$0.isEmpty }
    }

    /// Vehicles as a list of objects: texts by the platform's names of properties ("Year", "Make", "Model"), or `ktype` or
    /// `epid` alone; `notes` beside.
    private mutating func takeFitment(_ text: String) {
        guard let json = try? JSONValue(Array(text.utf8)[...]), case .array(let entries) = json else {
            self.problems.append("fitment is no list of vehicles in JSON")
            return
        }
        var vehicles: [JSONValue] = []
        var seen: Set<JSONValue> = []
        for (place, entry) in entries.enumerated() {
            guard let vehicle = Self.vehicle(entry) else {
                self.problems.append(
                    "fitment[\(place)] is no vehicle; valid is an object of texts: the properties of a vehicle, or ktype "
                        + "or epid, and notes of at most \(EbayLimits.noteCharacters) characters")
                continue
            }
            if seen.insert(vehicle).inserted { vehicles.append(vehicle) }
        }
        if vehicles.count > EbayLimits.compatibleProducts {
            self.problems.append(
                "fitment has \(vehicles.count) vehicles; valid are at most \(EbayLimits.compatibleProducts)")
        }
        self.vehicles = vehicles
    }

    private static func vehicle(_ entry: JSONValue) -> JSONValue? {
        guard case .object(let members) = entry, !members.isEmpty else { return nil }
        var (properties, identifiers, notes) = ([JSONValue](), [JSONValue.Member](), JSONValue?.none)
        for member in members {
            guard let text = member.value.digits, !text.isEmpty else { return nil }
            switch member.name {
            case "notes":
                guard text.count <= EbayLimits.noteCharacters else { return nil }
                notes = .string(text)
            case "ktype", "epid": identifiers.append(.init(name: member.name, value: .string(text)))
            default:
                properties.append(.members(["name": .string(member.name), "value": .string(text)]))
            }
        }
        guard properties.isEmpty != identifiers.isEmpty else { return nil }
        return .members([
            "compatibilityProperties": properties.isEmpty ? nil : .array(properties),
            "productIdentifier": identifiers.isEmpty ? nil : .object(identifiers), "notes": notes,
        ])
    }

    private mutating func check() {
        if !EbaySession.isSKU(self.sku) { self.problems.append(EbaySession.invalidSKU(self.sku).message) }
        if !self.product.contains(where: { $0.name == "title" && $0.value.text?.isEmpty == false }) {
            self.problems.append("title is missing")
        }
        for member in self.product {
            if let maximum = Self.characters[member.name], let count = member.value.text?.count, count > maximum {
                self.problems.append("\(member.name) has \(count) characters; valid are at most \(maximum)")
            }
        }
        let images = self.product.last { $0.name == "imageUrls" }?.value.elements ?? []
        if images.count > Self.images {
            self.problems.append("imageUrls are \(images.count); valid are at most \(Self.images)")
        }
        for image in images where image.text?.hasPrefix("https://") != true {
            self.problems.append("imageUrls has \((image.text ?? "").debugDescription); valid are addresses with https")
        }
        if let category = self.categoryID,
            category.isEmpty || !category.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        {
            self.problems.append("categoryId is \(category.debugDescription); valid are digits")
        }
        if let text = self.offer.last(where: { $0.name == "listingDescription" })?.value.text,
            text.count > Self.listingDescriptionCharacters
        {
            self.problems.append(
                "listingDescription has \(text.count) characters; valid are at most \(Self.listingDescriptionCharacters)"
            )
        }
    }

    /// The item as it is to be. What is put replaces all of it, so what the platform has and we say nothing of is kept.
    ///
    /// - Parameter known: As the platform has it; nil: it does not.
    func item(_ known: JSONValue?) -> JSONValue {
        var body = JSONValue.object([])
        if let availability = known?["availability"] {
            body = body.setting("availability", to: Self.kept(availability))
        }
        for name in ["condition", "conditionDescription", "conditionDescriptors", "packageWeightAndSize"] {
            if let value = known?[name] { body = body.setting(name, to: value) }
        }
        for member in self.item { body = body.setting(member.name, to: member.value) }
        if body["condition"] == nil { body = body.setting("condition", to: .string("NEW")) }
        var product = known?["product"] ?? .object([])
        for member in self.product { product = product.setting(member.name, to: member.value) }
        if !self.aspects.isEmpty {
            var aspects = product["aspects"] ?? .object([])
            for member in self.aspects { aspects = aspects.setting(member.name, to: member.value) }
            product = product.setting("aspects", to: aspects)
        }
        return body.setting("product", to: product)
    }

    /// Without what the platform alone says of units.
    private static func kept(_ availability: JSONValue) -> JSONValue {
        guard case .object(let members)? = availability["shipToLocationAvailability"] else { return availability }
        let kept = members.filter { $0.name != "allocationByFormat" }
        return availability.setting("shipToLocationAvailability", to: .object(kept))
    }

    /// What would be sent, for people.
    var document: JSONValue {
        .members([
            "sku": .string(self.sku), "item": self.item(nil), "offer": self.offer.isEmpty ? nil : .object(self.offer),
            "compatibleProducts": self.vehicles.map { .array($0) },
        ])
    }
}
