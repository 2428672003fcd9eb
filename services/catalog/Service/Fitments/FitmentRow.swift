internal import CatalogDomain
internal import CatalogMessages
internal import Postgres
internal import ProtobufC

/// A fitment as a row of its table, for single writes and for copying in bulk.
struct FitmentRow: Sendable {
    /// The columns, in the order of the table.
    static let columns = [
        "bucket", "brand_id", "sku", "fitment_id", "origin", "import_id", "document_name", "vehicle_key", "year_from",
        "year_to", "review_key", "document",
    ]

    let bucket: Int16
    let brand: PostgresUUID
    let sku: String
    let id: FitmentID
    let origin: FitmentOrigin
    let importID: PostgresUUID?
    let documentName: String
    let vehicleKey: String
    let yearFrom: Int16
    let yearTo: Int16
    let reviewKey: String
    let document: [UInt8]

    /// The row of a fitment that keeps ``FitmentRules``.
    ///
    /// - Parameters:
    ///   - source: Where it comes from.
    ///   - known: Gives names the tables' spelling.
    ///   - arena: Scratch memory; what is in it is lost.
    init(
        _ fitment: Fitment, of sku: String, _ source: FitmentSource, _ known: KnownVehicles, in arena: Arena
    ) throws(EncodingError) {
        let vehicle = fitment.vehicle ?? VehicleSelector()
        self.bucket = source.brand.bucket(of: sku)
        self.brand = source.brand
        self.sku = sku
        self.id = FitmentIdentity.id(of: fitment, sku: sku)
        self.origin = source.origin
        self.importID = source.importID
        self.documentName = source.documentName
        self.vehicleKey = VehicleKey(vehicle, known).text
        self.yearFrom = Int16(clamping: vehicle.yearFrom)
        self.yearTo = Int16(clamping: vehicle.yearTo)
        self.reviewKey = ReviewKey.text(of: fitment)
        arena.reset()
        self.document = try fitment.withoutWhatRowsHave.bytes(in: arena)
    }

    /// The fitment as it is answered.
    static func fitment(
        _ document: [UInt8], id: PostgresUUID, sku: String, origin: Int16, importID: PostgresUUID?, in arena: Arena
    ) throws(PostgresError) -> Fitment {
        var fitment: Fitment
        arena.reset()
        do throws(DecodingError) {
            fitment = try Fitment(decoding: document.span.bytes, in: arena)
        } catch {
            throw .unexpectedValue(column: "document", reason: "it is no fitment: \(error)")
        }
        fitment.fitmentID = FitmentID(id).description
        fitment.sku = sku
        fitment.origin = FitmentOrigin(rawValue: Int32(origin))
        fitment.importID = importID?.description ?? ""
        return fitment
    }
}

/// Where a fitment comes from.
struct FitmentSource: Sendable {
    var brand: PostgresUUID
    var origin: FitmentOrigin
    /// The import that brings it.
    var importID: PostgresUUID?
    /// Of imports: the document that a full file replaces.
    var documentName = ""
}

extension Fitment {
    /// The fitment without what only answers have.
    var withoutWhatRowsHave: Fitment {
        var fitment = self
        (fitment.fitmentID, fitment.sku, fitment.importID) = ("", "", "")
        fitment.origin = .unspecified
        return fitment
    }
}

extension FitmentID {
    init(_ uuid: PostgresUUID) { self.init(high: uuid.high, low: uuid.low) }
}

extension PostgresUUID {
    init(_ id: FitmentID) { self.init(high: id.high, low: id.low) }
}
