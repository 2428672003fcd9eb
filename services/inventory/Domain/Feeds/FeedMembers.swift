/// The mapping's names, looked up in each object of a file.
public struct FeedMembers: Hashable, Sendable {
    private let mapping: FeedMapping
    private let sku: String
    private let quantity: String
    private let location: String?
    /// As it was given.
    private let locationName: String

    /// The names of a mapping.
    public init(_ mapping: FeedMapping) {
        self.mapping = mapping
        self.sku = FeedMapping.key(mapping.skuColumn)
        self.quantity = FeedMapping.key(mapping.quantityColumn)
        if case .column(let name, _) = mapping.place {
            self.location = FeedMapping.key(name)
            self.locationName = name
        } else {
            self.location = nil
            self.locationName = ""
        }
    }

    /// Reads an object; its names may have any case and spaces around them.
    ///
    /// - Parameter members: All names of the object, and their values as text or why these cannot be used.
    /// - Throws: ``InvalidValue`` where one cannot even tell what SKU it is about.
    public func line(_ members: [(name: String, value: FeedMapping.Field)]) throws(InvalidValue) -> FeedLine {
        var found: [String: FeedMapping.Field] = [:]
        for (name, value) in members {
            let key = FeedMapping.key(name)
            guard key == self.sku || key == self.quantity || key == self.location else { continue }
            guard found.updateValue(value, forKey: key) != nil else { continue }
            found[key] = .failure(
                InvalidValue("member \(name.debugDescription)", "stands twice", expected: "it once in each object"))
        }
        func field(_ key: String, _ name: String) -> FeedMapping.Field {
            found[key]
                ?? .failure(
                    InvalidValue("member \(name.debugDescription)", "is missing", expected: "it in each object"))
        }
        return try self.mapping.line(
            sku: field(self.sku, self.mapping.skuColumn), quantity: field(self.quantity, self.mapping.quantityColumn),
            location: self.location.map { field($0, self.locationName) })
    }
}
