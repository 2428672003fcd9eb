internal import CatalogMessages
internal import Crypto
internal import Vehicles

/// The bytes that an id is made of: fields that end with 0x1F, elements of a list with 0x1E, parts of an element with
/// 0x1D. No text holds these bytes, as folded ones have no control characters.
struct CanonicalFitment {
    private(set) var bytes: [UInt8] = []

    init() { self.bytes.reserveCapacity(256) }

    /// The first 16 bytes of SHA-256.
    func digest() -> FitmentID {
        var halves: (UInt64, UInt64) = (0, 0)
        for (index, byte) in SHA256.hash(data: self.bytes).prefix(16).enumerated() {
            if index < 8 {
                halves.0 = halves.0 << 8 | UInt64(byte)
            } else {
                halves.1 = halves.1 << 8 | UInt64(byte)
            }
        }
        return FitmentID(high: halves.0, low: halves.1)
    }

    mutating func endField() { self.bytes.append(0x1F) }
    mutating func append(contentsOf bytes: some Sequence<UInt8>) { self.bytes.append(contentsOf: bytes) }
    mutating func append(ascii text: StaticString) { text.withUTF8Buffer { self.bytes.append(contentsOf: $0) } }
    mutating func append(text: String) { FoldedText.append(text, to: &self.bytes) }
    mutating func append(number: some BinaryInteger) { self.bytes.append(contentsOf: String(number).utf8) }

    /// `#39` for an id, `=gt` for a name, nothing for neither.
    mutating func append(id: UInt32, name: String) {
        if id != 0 {
            self.bytes.append(UInt8(ascii: "#"))
            self.append(number: id)
        } else if !name.isEmpty {
            self.bytes.append(UInt8(ascii: "="))
            self.bytes.append(contentsOf: FoldedName.key(name).utf8)
        }
    }

    /// As ``append(id:name:)``, of a text in which punctuation counts.
    mutating func append(id: UInt32, text: String) {
        if id != 0 || text.isEmpty {
            self.append(id: id, name: "")
        } else {
            self.bytes.append(UInt8(ascii: "="))
            self.append(text: text)
        }
    }

    /// `b1939`, or `y2018-2022` with make, model and vehicle type, or equipment; then the submodel.
    mutating func append(_ vehicle: VehicleSelector) {
        if vehicle.baseVehicleID != 0 {
            self.append(ascii: "b")
            self.append(number: vehicle.baseVehicleID)
            self.endField()
        } else if vehicle.equipmentBaseID != 0 {
            self.append(ascii: "e")
            self.append(number: vehicle.equipmentBaseID)
            self.endField()
        } else if vehicle.equipmentManufacturerID != 0 || vehicle.equipmentModelID != 0 {
            self.append(ascii: "m")
            for number in [vehicle.equipmentManufacturerID, vehicle.equipmentModelID, vehicle.vehicleTypeID] {
                self.append(number: number)
                self.endField()
            }
            self.append(from: vehicle.productionStart, to: vehicle.productionEnd)
        } else {
            self.append(ascii: "y")
            self.append(from: vehicle.yearFrom, to: vehicle.yearTo)
            self.append(id: vehicle.makeID, name: vehicle.make)
            self.endField()
            self.append(id: vehicle.modelID, name: vehicle.model)
            self.endField()
            self.append(number: vehicle.vehicleTypeID)
            self.endField()
        }
        self.append(id: vehicle.submodelID, name: vehicle.submodel)
        self.endField()
    }

    private mutating func append(from first: Int32, to last: Int32) {
        self.append(number: first)
        self.append(ascii: "-")
        self.append(number: last)
        self.endField()
    }

    /// Three lists, each of its elements once, ascending by their bytes.
    mutating func appendConditions(of fitment: Fitment) {
        self.append(
            list: fitment.attributes.map { attribute in
                var element = CanonicalFitment()
                element.append(number: attribute.kind.rawValue)
                element.append(id: attribute.id, text: attribute.name)
                return element.bytes
            })
        self.append(
            list: fitment.qualifiers.map { qualifier in
                var element = CanonicalFitment()
                element.append(id: qualifier.id, text: qualifier.text)
                for parameter in qualifier.parameters {
                    for text in [
                        parameter.value, parameter.unit, parameter.alternativeValue, parameter.alternativeUnit,
                    ] {
                        element.bytes.append(0x1D)
                        element.append(text: text)
                    }
                }
                return element.bytes
            })
        self.append(list: fitment.notes.map { FoldedText.bytes($0.text) })
    }

    private mutating func append(list: [[UInt8]]) {
        let sorted = list.count > 1 ? list.sorted { $0.lexicographicallyPrecedes($1) } : list
        var last: [UInt8]?
        for element in sorted where element != last {
            self.bytes.append(contentsOf: element)
            self.bytes.append(0x1E)
            last = element
        }
        self.endField()
    }
}
