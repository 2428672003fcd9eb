internal import CatalogDomain
internal import CatalogMessages
internal import Events
internal import Postgres

/// A change of one product, as a call or a file asks for it.
struct ProductWrite: Sendable {
    /// What becomes of the product.
    enum Change: Sendable {
        /// It is made, or becomes this.
        case save(Product)
        /// Of the product that is there, the fields of the mask become those of this one.
        case update(Product, ProductMask)
        /// As ``update``, but a product that is not there is made with the fields of the mask.
        case merge(Product, ProductMask)
        /// It is removed, with its fitments and supersessions.
        case delete
    }

    /// Which one.
    var sku: String
    /// What becomes of it.
    var change: Change
    /// The version that it must have, 0 if it must be new; nil: any.
    var expectedVersion: UInt64?
}

/// Whose the changes of a transaction are, and where they come from.
struct ProductWriteOrigin: Sendable {
    /// Whose products they are.
    var brand: PostgresUUID
    /// The import that changes them.
    var importID: PostgresUUID?
    /// Takes moves of the life cycle that are not normal, as files may.
    var forcesLifeCycle = false
    /// The trace context of what causes them, for the events.
    var traceParent: String?
}

/// What became of a change.
enum ProductOutcome: Sendable {
    /// The product was not there before.
    case created(Product)
    /// It has a new version.
    case changed(Product)
    /// It was so already, and has the version that it had.
    case unchanged(Product)
    /// It is gone.
    case deleted
    /// Nothing happened to it.
    case refused(CatalogRefusal)
}

/// A product that was made, changed or removed: for what follows from it, and for who may take it back.
struct ProductChange: Sendable {
    var sku: String
    /// As it was, with its version; nil: it was not there.
    var previous: Product?
    /// As it is, with its version; nil: it is gone.
    var current: Product?
}

/// What a transaction did to products.
struct ProductWriteResult: Sendable {
    /// As many as there were changes, in their order.
    var outcomes: [ProductOutcome]
    /// The products that are not as they were.
    var changes: [ProductChange]
    /// What to append to the event log, at the end of the transaction.
    var events: [Event]
}

/// What keeps rows of its own that follow from products.
protocol ProductFollower: Sendable {
    /// Why a product cannot be as it is to be, for reasons of these rows; nil: it can.
    func refusal(of product: Product) -> CatalogRefusal?

    /// The commands that make these rows right again, to run in the transaction of the changes, whose products are locked.
    func commands(_ changes: [ProductChange], of brand: PostgresUUID) throws -> [PostgresCommand]
}
