public import CatalogMessages

/// What a product is found by.
public struct SearchDocument: Equatable, Sendable {
    /// An attribute as it is written, and folded.
    public struct Attribute: Equatable, Sendable {
        /// The name, folded.
        public let nameKey: String
        /// The value as it is written, with its unit.
        public let value: String
        /// The number that the value is, if it is one.
        public let number: AttributeNumber?

        /// Name and value, folded, as conditions compare them.
        public var key: String { "\(self.nameKey)=\(SearchWords.folded(self.value))" }
    }

    /// A mark, and the days on which the product has it, YYYY-MM-DD; nil: no bound.
    public struct Certification: Equatable, Sendable {
        /// The mark as it is written.
        public let mark: String
        /// The first day.
        public let validFrom: String?
        /// The last day.
        public let validTo: String?

        /// The mark, folded.
        public var key: String { SearchWords.folded(self.mark) }
    }

    /// The words of a product in four classes; those of the first count most.
    public let words: [[String]]
    /// All attributes, those with more to say behind the plain ones.
    public let attributes: [Attribute]
    /// All marks; one that has certificates holds for as long as they do.
    public let certifications: [Certification]

    /// Makes what a product is found by.
    public init(_ product: Product) {
        self.attributes = Self.attributes(of: product)
        self.certifications = Self.certifications(of: product)
        let texts: [[String]] = [
            [product.sku, product.name, PartNumberKey(product.sku).description]
                + product.variantOptions.sorted { $0.key < $1.key }.map(\.value),
            [product.partType, product.category, product.brandLabel, product.subBrandLabel]
                + self.certifications.map(\.mark),
            self.attributes.map(\.value) + product.descriptions.filter { $0.code == "KEY" }.map(\.text)
                + product.interchanges.flatMap { [$0.partNumber, PartNumberKey($0.partNumber).description] },
            [product.description] + product.descriptions.filter { $0.code != "KEY" }.map(\.text)
                + product.compatibility.flatMap { [$0.make, $0.model] },
        ]
        self.words = texts.map { texts in
            var words: [String] = []
            for text in texts where words.count < SearchWords.maximumWords { words += SearchWords.of(text) }
            return Array(words.prefix(SearchWords.maximumWords))
        }
    }

    /// The words that are kept to find others by, each once, ascending: what beginnings lead to, and what misspelt words are
    /// corrected to.
    public var vocabulary: [String] {
        Set(self.words.joined().filter { SearchWords.isPlain($0) && $0.count >= SearchWords.minimumKeptLength })
            .sorted()
    }

    private static func attributes(of product: Product) -> [Attribute] {
        let plain = product.attributes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        let others = product.attributeValues.map { value in
            (value.name, value.unit.isEmpty ? value.value : "\(value.value) \(value.unit)")
        }
        return (plain + others).map { name, value in
            Attribute(nameKey: SearchWords.folded(name), value: value, number: AttributeNumber(value))
        }
    }

    private static func certifications(of product: Product) -> [Certification] {
        let backed = product.certificates.map { certificate in
            Certification(
                mark: certificate.mark, validFrom: certificate.validFrom.isEmpty ? nil : certificate.validFrom,
                validTo: certificate.validTo.isEmpty ? nil : certificate.validTo)
        }
        let keys = Set(backed.map(\.key))
        // A mark that has certificates holds for as long as they do.
        let plain = product.certifications.filter { !keys.contains(SearchWords.folded($0)) }
        return plain.map { Certification(mark: $0, validFrom: nil, validTo: nil) } + backed
    }
}
