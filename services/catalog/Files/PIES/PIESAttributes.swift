internal import CatalogMessages

/// The attributes of an Item: those with a name and a value only, and the others.
struct PIESAttributes {
    private var plain: [(name: String, value: String)] = []
    private var others: [AttributeValue] = []
    private var hasOthers = false
    private var plainNames: [String] = []

    mutating func read(_ element: PIESElement) throws(PIESItemFault) {
        let attribute = try AttributeValue(element)
        if attribute == AttributeValue(name: attribute.name, value: attribute.value) {
            self.plainNames.append(attribute.name)
            if !element.isDeleted { self.plain.append((attribute.name, attribute.value)) }
        } else {
            self.hasOthers = true
            if !element.isDeleted { self.others.append(attribute) }
        }
    }

    /// Values of the same name are numbered, as PIES asks for it, since a map has but one.
    func apply(to product: inout Product) {
        let groups = Dictionary(grouping: self.plain.map(\.value).indices) { self.plain[$0].name }
        product.attributeValues = self.others
        for (index, attribute) in self.plain.enumerated() {
            let group = groups[attribute.name] ?? []
            guard group.count > 1, let place = group.firstIndex(of: index) else {
                product.attributes[attribute.name] = attribute.value
                continue
            }
            product.attributeValues.append(
                AttributeValue(
                    name: attribute.name, value: attribute.value,
                    multiValueQuantity: UInt32(group.count), multiValueSequence: UInt32(place + 1)))
        }
    }

    /// The fields that an update says: plain attributes one by one, the others together.
    var fields: [String] {
        let isNumbered = Set(self.plain.map(\.name)).count < self.plain.count
        return Set(self.plainNames).sorted().map { "attributes.\($0)" }
            + (self.hasOthers || isNumbered ? ["attributeValues"] : [])
    }
}

extension AttributeValue {
    /// The attribute that a ProductAttribute is.
    fileprivate init(_ element: PIESElement) throws(PIESItemFault) {
        self.init()
        self.name = element.value("AttributeID")
        self.value = element.text
        self.unit = element.value("AttributeUOM")
        self.isStandard = element.value("PADBAttribute") == "Y"
        self.styleID = try element.numberValue("StyleID")
        self.recordNumber = try element.numberValue("RecordNumber")
        self.multiValueQuantity = try element.numberValue("MultiValueQuantity")
        self.multiValueSequence = try element.numberValue("MultiValueSequence")
        self.language = element.value("LanguageCode")
    }
}
