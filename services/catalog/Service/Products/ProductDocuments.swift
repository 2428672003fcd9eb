internal import CatalogDomain
internal import CatalogMessages
internal import ProtobufC

/// Checks products and encodes them as their rows hold them, one after the other in the same memory.
struct ProductDocuments {
    private let memory = ArenaMemory()

    /// The bytes of a product that is valid by the rules of its fields in the proto and by the others.
    ///
    /// - Parameter product: As `ProductRules.normalized(_:)` makes it.
    /// - Throws: ``CatalogRefusal`` with all faults.
    func encoded(_ product: Product) throws(CatalogRefusal) -> [UInt8] {
        let faults: [ProductFault]
        let bytes: [UInt8]
        do throws(EncodingError) {
            self.memory.arena.reset()
            faults = Self.faults(of: product, try product.ruleViolations(in: self.memory.arena))
            self.memory.arena.reset()
            bytes = try product.bytes(in: self.memory.arena)
        } catch {
            throw Self.tooLarge("is larger than can be encoded")
        }
        guard faults.isEmpty else { throw CatalogRefusal(faults: faults) }
        guard bytes.count <= ProductRules.maximumBytes else { throw Self.tooLarge("has \(bytes.count) bytes") }
        return bytes
    }

    private static func faults(of product: Product, _ violations: FieldViolations) -> [ProductFault] {
        let broken = violations.elements.map {
            ProductFault(field: $0.field, reason: $0.reason, expected: $0.expected)
        }
        // A field that breaks its own rule needs no second reason.
        let fields = Set(broken.map(\.field))
        let others = ProductRules.faults(of: product).filter { !fields.contains($0.field) }
        return Array((broken + others).prefix(FieldViolations.maximumCount))
    }

    private static func tooLarge(_ reason: String) -> CatalogRefusal {
        CatalogRefusal(
            .invalidProduct, "the product \(reason); expected at most \(ProductRules.maximumBytes) bytes of its message"
        )
    }
}
