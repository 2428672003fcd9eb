public import CatalogMessages

extension Compatibility {
    /// The fitment that it says, of a part type.
    public func fitment(partType: String, partTypeID: UInt32) -> Fitment {
        let attributes: [(VehicleAttributeKind, String)] = [
            (.engine, self.engine), (.driveType, self.drive), (.bodyType, self.body),
        ]
        return Fitment(
            vehicle: VehicleSelector(
                yearFrom: self.yearFrom, yearTo: self.yearTo == 0 ? self.yearFrom : self.yearTo, make: self.make,
                model: self.model, submodel: self.submodel),
            attributes: attributes.filter { !$0.1.isEmpty }.map { VehicleAttribute(kind: $0.0, name: $0.1) },
            notes: self.notes.map { FitmentNote(text: $0) }, quantity: self.quantity, partTypeID: partTypeID,
            partType: partType, position: self.position)
    }
}

extension Product {
    /// The fitments that its compatibility says, in its order; what is said twice stands there once.
    public func compatibilityFitments(sku: String) -> [(id: FitmentID, fitment: Fitment)] {
        var seen: Set<FitmentID> = []
        return self.compatibility.compactMap { entry in
            let fitment = entry.fitment(partType: self.partType, partTypeID: self.partTypeID)
            let id = FitmentIdentity.id(of: fitment, sku: sku)
            return seen.insert(id).inserted ? (id, fitment) : nil
        }
    }
}

extension FitmentRules {
    /// What is wrong with a product's compatibility, by fields from the product on: `compatibility[0].yearTo`.
    public func faults(compatibilityOf product: Product) -> [ProductFault] {
        var faults: [ProductFault] = []
        for (index, entry) in product.compatibility.enumerated() {
            let fitment = entry.fitment(partType: product.partType, partTypeID: product.partTypeID)
            for var fault in self.faults(fitment) {
                let field = fault.field.hasPrefix("vehicle.") ? String(fault.field.dropFirst(8)) : fault.field
                fault.field = "compatibility[\(index)].\(field)"
                faults.append(fault)
                if faults.count == Self.maximumFaults { return faults }
            }
        }
        return faults
    }
}
