public import CatalogMessages

/// What makes two fitments the same one, in whatever files they stand.
///
/// The same: vehicle, conditions (submodel, attributes, qualifiers, notes), part type, position, manufacturer's label and
/// SKU. Attributes, qualifiers and notes are sets: their order says nothing, and what is said twice counts once. An id
/// counts before the name beside it. Make, model and submodel compare as folded names (``FoldedName``), other texts
/// without regard to capitals and spaces. Quantity, display order, assets, references and whether the receiver is to
/// check the vehicle are no part of it, nor are a note's id and language.
///
/// A file that takes back a fitment names it by content, so an id must come out the same for ever. docs/fitment.md has
/// the bytes, and the tests have vectors.
public enum FitmentIdentity {
    /// The id of a fitment of a part.
    public static func id(of fitment: Fitment, sku: String) -> FitmentID {
        Self.canonical(fitment, sku: sku).digest()
    }

    /// The form that is hashed.
    static func canonical(_ fitment: Fitment, sku: String) -> CanonicalFitment {
        var canonical = CanonicalFitment()
        canonical.append(ascii: "1")
        canonical.endField()
        canonical.append(fitment.vehicle ?? VehicleSelector())
        canonical.appendConditions(of: fitment)
        canonical.append(id: fitment.partTypeID, text: fitment.partType)
        canonical.endField()
        canonical.append(id: fitment.positionID, text: fitment.position)
        canonical.endField()
        canonical.append(text: fitment.manufacturerLabel)
        canonical.endField()
        canonical.append(contentsOf: sku.utf8)
        return canonical
    }

    /// What two fitments share that have the same conditions.
    ///
    /// - Returns: nil where there are none.
    public static func conditions(of fitment: Fitment) -> FitmentID? {
        let vehicle = fitment.vehicle
        let isFree =
            fitment.attributes.isEmpty && fitment.qualifiers.isEmpty && fitment.notes.isEmpty
            && vehicle?.submodelID ?? 0 == 0 && vehicle?.submodel.isEmpty ?? true
        guard !isFree else { return nil }
        var canonical = CanonicalFitment()
        canonical.append(id: vehicle?.submodelID ?? 0, name: vehicle?.submodel ?? "")
        canonical.endField()
        canonical.appendConditions(of: fitment)
        return canonical.digest()
    }
}
