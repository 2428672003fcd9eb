internal import ChannelAdapter
internal import FileFormats

/// What a listing is to say, by the attributes of its product type.
///
/// Which attributes there are and what each holds is said by the product type's own schema; a target says how the value is
/// written: `NAME` and `NAME.text` (a text in the marketplace's language), `NAME.lines` (a text for each line), `NAME.value`
/// (a text without a language), `NAME.number`, `NAME.yesno` and `NAME.json` (a list of objects, as it is).
struct AmazonContent: Sendable {
    static let typeTarget = "productType"
    static let requirementsTarget = "requirements"
    static let fitmentTarget = "fitment.ktype"
    static let fitmentNoteTarget = "fitment.note"
    static let requirements = ["LISTING", "LISTING_PRODUCT_ONLY", "LISTING_OFFER_ONLY"]
    /// Set by stock and prices; content must not take them back.
    private static let forbidden: Set<String> = [AmazonPatch.stockAttribute, AmazonPatch.priceAttribute]

    let platformSKU: String
    private(set) var productType = ""
    private(set) var requirement = "LISTING_PRODUCT_ONLY"
    private(set) var problems: [String] = []
    private(set) var attributes: [(name: String, value: [JSONValue])] = []

    init(_ row: ContentRow, marketplaceID: String, language: String) {
        self.platformSKU = row.listing.platformSKU.isEmpty ? row.listing.sku : row.listing.platformSKU
        let bytes = self.platformSKU.utf8.count
        if bytes == 0 || bytes > AmazonLimits.skuBytes {
            self.problems.append("the SKU has \(bytes) bytes, and may have 1 to \(AmazonLimits.skuBytes)")
        }
        var note = ""
        for value in row.values where !value.value.isEmpty {
            switch value.target {
            case Self.typeTarget: self.productType = value.value
            case Self.requirementsTarget: self.requirement = value.value
            case Self.fitmentNoteTarget: note = value.value
            default: break
            }
        }
        if !Self.requirements.contains(self.requirement) {
            self.problems.append("requirements must be one of \(Self.requirements.joined(separator: ", "))")
        }
        let special = [Self.typeTarget, Self.requirementsTarget, Self.fitmentNoteTarget]
        for value in row.values where !value.value.isEmpty && !special.contains(value.target) {
            let writer = AmazonAttribute(marketplaceID: marketplaceID, language: language)
            if value.target == Self.fitmentTarget {
                self.add("vehicle_fitment", writer.fitment(value.value, note: note), value.target)
            } else {
                let parts = value.target.split(separator: ".", maxSplits: 1).map(String.init)
                let name = parts.first ?? ""
                if Self.forbidden.contains(name) {
                    self.problems.append("\(value.target) is set by stock and prices, and not by content")
                    continue
                }
                self.add(name, writer.value(value.value, as: parts.count > 1 ? parts[1] : "text"), value.target)
            }
        }
        if self.attributes.isEmpty { self.problems.append("no attribute has a value") }
    }

    private mutating func add(_ name: String, _ value: Result<[JSONValue], AmazonAttribute.Fault>, _ target: String) {
        let isName =
            (1...128).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || $0 == UInt8(ascii: "_")
            }
        guard isName else {
            self.problems.append("\(target.debugDescription) is no name of an attribute")
            return
        }
        switch value {
        case .failure(let fault): self.problems.append("\(target): \(fault.reason)")
        case .success(let value):
            // Several targets of one attribute are further entries of it.
            if let place = self.attributes.firstIndex(where: { $0.name == name }) {
                self.attributes[place].value += value
            } else {
                self.attributes.append((name, value))
            }
        }
    }

    /// The member `attributes`.
    var json: JSONValue { .object(self.attributes.map { .init(name: $0.name, value: .array($0.value)) }) }

    /// A new listing, whole.
    func putBody(_ productType: String) -> JSONValue {
        .members([
            "productType": .string(productType), "requirements": .string(self.requirement), "attributes": self.json,
        ])
    }

    /// Each attribute of a listing that is there. What stock and prices set, and what others set, stays.
    var patches: [JSONValue] { self.attributes.map { AmazonPatch.patch("replace", $0.name, $0.value) } }
}

/// Values of attributes as the platform writes them.
struct AmazonAttribute: Sendable {
    /// Why a value cannot be written.
    struct Fault: Error, Hashable {
        let reason: String
    }

    let marketplaceID: String
    let language: String

    func value(_ text: String, as kind: String) -> Result<[JSONValue], Fault> {
        switch kind {
        case "text": return .success([self.entry(.string(text), isText: true)])
        case "lines":
            return .success(
                text.split(whereSeparator: \.isNewline).map { self.entry(.string(String($0)), isText: true) })
        case "value": return .success([self.entry(.string(text), isText: false)])
        case "number":
            guard let number = try? JSONValue(Array(text.utf8)[...]), case .number = number else {
                return .failure(Fault(reason: "\(text.prefix(40).debugDescription) is no number"))
            }
            return .success([self.entry(number, isText: false)])
        case "yesno":
            guard ["true", "false"].contains(text) else { return .failure(Fault(reason: "is neither true nor false")) }
            return .success([self.entry(.bool(text == "true"), isText: false)])
        case "json":
            guard let json = try? JSONValue(Array(text.utf8)[...]), case .array(let entries) = json, !entries.isEmpty,
                entries.allSatisfy({ if case .object = $0 { true } else { false } })
            else { return .failure(Fault(reason: "is no JSON list of objects")) }
            return .success(entries)
        default:
            return .failure(
                Fault(reason: "\(kind.debugDescription) is none of text, lines, value, number, yesno, json"))
        }
    }

    /// Vehicles by their K-Types.
    func fitment(_ codes: String, note: String) -> Result<[JSONValue], Fault> {
        let separators: Set<Character> = [",", " ", ";", "\n"]
        let numbers = codes.split { separators.contains($0) }
        guard !numbers.isEmpty, numbers.allSatisfy({ $0.utf8.count <= 9 && Int($0).map { $0 > 0 } == true }) else {
            return .failure(Fault(reason: "is no list of K-Types, which are numbers"))
        }
        let text = { (value: String) -> JSONValue in
            .array([.members(["value": .string(value), "language_tag": .string(self.language)])])
        }
        return .success([
            .members([
                "standard": text("ktype"), "code": text(numbers.joined(separator: ", ")),
                "note": note.isEmpty ? nil : text(note), "marketplace_id": .string(self.marketplaceID),
            ])
        ])
    }

    private func entry(_ value: JSONValue, isText: Bool) -> JSONValue {
        .members([
            "value": value, "language_tag": isText ? .string(self.language) : nil,
            "marketplace_id": .string(self.marketplaceID),
        ])
    }
}
