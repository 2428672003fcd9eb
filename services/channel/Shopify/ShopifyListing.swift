internal import ChannelAdapter
internal import FileFormats

/// What a listing is to say, in the platform's words.
struct ShopifyListing {
    /// A value with a type of its own, beside the product's fields.
    struct Metafield: Hashable {
        let namespace: String
        let key: String
        let type: String
        let value: String
    }

    /// Texts of the product that go under their own names.
    private static let texts = ["title", "descriptionHtml", "vendor", "productType", "handle", "templateSuffix"]
    private static let statuses: Set<String> = ["ACTIVE", "ARCHIVED", "DRAFT", "UNLISTED"]
    /// The longest title, handle, vendor, type and tag, in characters.
    private static let textCharacters = 255
    private static let tags = 250
    private static let images = 250
    private static let metafieldBytes = 131_072

    private let row: ContentRow
    private(set) var metafields: [Metafield] = []
    /// What the platform would refuse.
    private(set) var problems: [String] = []
    private var fields: [(name: String, value: String)] = []
    private var seo: [(name: String, value: String)] = []
    private var tagList: [String]?
    private var imageList: [String]?
    private var barcode: String?

    init(_ row: ContentRow) {
        self.row = row
        for value in row.values { self.take(value) }
        self.check()
    }

    private mutating func take(_ value: ContentRow.Value) {
        let target = value.target
        switch target {
        case "status": self.fields.append((target, value.value))
        case "tags": self.tagList = Self.parts(value.value, ",")
        case "images": self.imageList = Self.parts(value.value, "\n")
        case "barcode": self.barcode = value.value
        case "seo.title", "seo.description": self.seo.append((String(target.dropFirst(4)), value.value))
        case _ where Self.texts.contains(target): self.fields.append((target, value.value))
        case _ where target.hasPrefix("metafields."):
            guard let metafield = Self.metafield(target, value.value) else {
                self.problems.append(
                    "\(target) is no target; valid is metafields, a namespace, a key and if need be a type, with points "
                        + "in between")
                return
            }
            self.metafields.append(metafield)
        default:
            self.problems.append(
                "\(target) is no target; valid are \(Self.texts.joined(separator: ", ")), status, tags, images, barcode, "
                    + "seo.title, seo.description and metafields.NAMESPACE.KEY")
        }
    }

    private static func parts(_ text: String, _ separator: Character) -> [String] {
        text.split(separator: separator).map { part in
            var part = part
            while let first = part.first, first.isWhitespace { part.removeFirst() }
            while let last = part.last, last.isWhitespace { part.removeLast() }
            return String(part)
        }.filter { !$0.isEmpty }
    }

    /// `metafields.NAMESPACE.KEY` or `metafields.NAMESPACE.KEY.TYPE`; without a type, what is an object or array is JSON.
    private static func metafield(_ target: String, _ value: String) -> Metafield? {
        let parts = target.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 3, (3...255).contains(parts[1].count), (2...64).contains(parts[2].count),
            parts.dropFirst().allSatisfy({ !$0.isEmpty })
        else { return nil }
        let type =
            if parts.count > 3 {
                parts[3]
            } else if value.hasPrefix("{") || value.hasPrefix("["), (try? JSONValue(Array(value.utf8)[...])) != nil {
                "json"
            } else {
                value.contains("\n") ? "multi_line_text_field" : "single_line_text_field"
            }
        return Metafield(namespace: parts[1], key: parts[2], type: type, value: value)
    }

    private mutating func check() {
        if !self.fields.contains(where: { $0.name == "title" && !$0.value.isEmpty }) {
            self.problems.append("title is missing")
        }
        for (name, value) in self.fields where name != "descriptionHtml" && value.count > Self.textCharacters {
            self.problems.append("\(name) has \(value.count) characters; valid are at most \(Self.textCharacters)")
        }
        if let status = self.fields.last(where: { $0.name == "status" })?.value, !Self.statuses.contains(status) {
            self.problems.append(
                "status is \(status.debugDescription); valid are \(Self.statuses.sorted().joined(separator: ", "))")
        }
        if let tagList, tagList.count > Self.tags || tagList.contains(where: { $0.count > Self.textCharacters }) {
            self.problems.append("tags are too many or too long; valid are at most \(Self.tags) of 255 characters")
        }
        for image in self.imageList ?? [] where !image.hasPrefix("https://") && !image.hasPrefix("http://") {
            self.problems.append("images has \(image.debugDescription); valid are addresses with http or https")
        }
        if let imageList, imageList.count > Self.images {
            self.problems.append("images are \(imageList.count); valid are at most \(Self.images)")
        }
        for metafield in self.metafields where metafield.value.utf8.count > Self.metafieldBytes {
            self.problems.append(
                "metafields.\(metafield.namespace).\(metafield.key) has \(metafield.value.utf8.count) bytes; valid are at "
                    + "most \(Self.metafieldBytes)")
        }
    }

    /// The name by which a new product is found again, so that a repeat makes no second one: the brand's, or the SKU in
    /// lower case, with hyphens for all but letters and digits.
    var handle: String {
        if let handle = self.fields.last(where: { $0.name == "handle" })?.value, !handle.isEmpty { return handle }
        var handle = ""
        for byte in self.row.listing.sku.lowercased().utf8 {
            let isPlain =
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            if isPlain {
                handle.unicodeScalars.append(Unicode.Scalar(byte))
            } else if handle.last != "-" {
                handle += "-"
            }
        }
        return handle
    }

    /// The variables that make or change the product.
    ///
    /// - Parameter productID: Nil: it is made, with one variant.
    ///
    /// Lists that are given replace those of the platform, so the variants of a product that is there are left alone.
    func product(_ productID: String?) -> JSONValue {
        var input: [JSONValue.Member] = self.fields.map { JSONValue.Member(name: $0.name, value: .string($0.value)) }
        if productID == nil {
            input.removeAll { $0.name == "handle" }
            input.append(JSONValue.Member(name: "handle", value: .string(self.handle)))
        }
        if let tagList {
            input.append(JSONValue.Member(name: "tags", value: .array(tagList.map { .string($0) })))
        }
        if !self.seo.isEmpty {
            let seo = self.seo.map { JSONValue.Member(name: $0.name, value: .string($0.value)) }
            input.append(JSONValue.Member(name: "seo", value: .object(seo)))
        }
        if let imageList {
            let files = imageList.map {
                JSONValue.members(["originalSource": .string($0), "contentType": .string("IMAGE")])
            }
            input.append(JSONValue.Member(name: "files", value: .array(files)))
        }
        guard let productID else {
            input.append(JSONValue.Member(name: "productOptions", value: Self.onlyOption))
            input.append(JSONValue.Member(name: "variants", value: .array([self.newVariant])))
            return .members(["identifier": .members(["handle": .string(self.handle)]), "input": .object(input)])
        }
        return .members(["identifier": .members(["id": .string(productID)]), "input": .object(input)])
    }

    /// The platform gives a product without options this one.
    private static let onlyOption = JSONValue.array([
        .members(["name": .string("Title"), "values": .array([.members(["name": .string("Default Title")])])])
    ])

    private var newVariant: JSONValue {
        .members([
            "optionValues": .array([
                .members(["optionName": .string("Title"), "name": .string("Default Title")])
            ]),
            "sku": .string(self.platformSKU), "barcode": self.barcode.flatMap { .nonEmpty($0) },
            "inventoryPolicy": .string("DENY"), "inventoryItem": .members(["tracked": .bool(true)]),
        ])
    }

    /// The platform's name for it; ours where it has none yet.
    var platformSKU: String {
        self.row.listing.platformSKU.isEmpty ? self.row.listing.sku : self.row.listing.platformSKU
    }

    /// The variables that change a variant that is there; nil: nothing of it is mapped.
    func variant(_ productID: String, _ variantID: String) -> JSONValue? {
        guard let barcode else { return nil }
        let variant = JSONValue.members(["id": .string(variantID), "barcode": .string(barcode)])
        return .members(["product": .string(productID), "variants": .array([variant])])
    }

    /// The variables that set metafields, so many at a time.
    func metafieldCalls(_ productID: String) -> [JSONValue] {
        stride(from: 0, to: self.metafields.count, by: ShopifyLimits.metafieldRows).map { start in
            let end = min(start + ShopifyLimits.metafieldRows, self.metafields.count)
            let entries = self.metafields[start..<end].map { metafield in
                JSONValue.members([
                    "ownerId": .string(productID), "namespace": .string(metafield.namespace),
                    "key": .string(metafield.key), "type": .string(metafield.type), "value": .string(metafield.value),
                ])
            }
            return .members(["metafields": .array(Array(entries))])
        }
    }

    /// What would be sent, for people.
    var document: JSONValue {
        let productID = self.row.listing.globalID("productId", of: .product)
        let calls = self.metafieldCalls(productID ?? "gid://shopify/Product/…")
        return .members([
            "productSet": self.product(productID),
            "metafieldsSet": calls.isEmpty ? nil : .array(calls),
        ])
    }
}
