public import CatalogMessages
internal import Vehicles

extension AskedVehicle {
    /// Whether a fitment's part fits this vehicle.
    ///
    /// A fitment's conditions all have to hold; what it does not say may be anything. Of several fitments of a part one
    /// has to fit.
    public func match(_ fitment: Fitment, _ known: KnownVehicles?) -> FitmentMatch {
        guard let vehicle = fitment.vehicle, self.isNamed(by: vehicle, known) else { return .doesNotFit }
        return self.judge(fitment)
    }

    /// As ``match(_:_:)``, of a fitment that names this vehicle. For many fitments see ``VehicleJudge``.
    public func judge(_ fitment: Fitment) -> FitmentMatch {
        var judge = VehicleJudge(self)
        return judge.judge(fitment)
    }

    /// Position 1 of the trade's list is "N/A": it holds for all.
    private static let noPositionID: UInt32 = 1

    func isAtPosition(_ fitment: Fitment) -> Bool {
        let isAnywhere = fitment.positionID == 0 && fitment.position.isEmpty || fitment.positionID == Self.noPositionID
        guard !isAnywhere else { return true }
        if self.positionID != 0 && fitment.positionID != 0 { return self.positionID == fitment.positionID }
        guard !self.position.isEmpty, !fitment.position.isEmpty else { return true }
        // Who asks for "Front" gets what is at "Front Left", and the other way round.
        return [
            WordedName.compare(wanted: fitment.position, said: self.position),
            WordedName.compare(wanted: self.position, said: fitment.position),
        ].contains(.met)
    }

    func compareSubmodel(_ wanted: Named) -> Compared {
        guard wanted.isSaid else { return .met }
        if wanted.id != 0 && self.submodelID != 0 { return wanted.id == self.submodelID ? .met : .contradicted }
        let key = FoldedName.key(wanted.name)
        guard !key.isEmpty else { return .open }
        if self.likelySubmodels.contains(where: { FoldedName.key($0) == key }) { return .met }
        guard !self.submodel.isEmpty else { return .open }
        return FoldedName.key(self.submodel) == key ? .met : .contradicted
    }

    func compare(_ wanted: VehicleAttribute) -> Compared {
        if wanted.id != 0, let said = self.attributeIDs[wanted.kind] { return said == wanted.id ? .met : .contradicted }
        guard !wanted.name.isEmpty else { return .open }
        switch wanted.kind {
        case .engine, .engineBase: return EngineText.compare(wanted: wanted.name, said: self.engine)
        case .driveType: return DriveText.compare(wanted: wanted.name, said: self.drive)
        case .bodyType:
            if !self.body.isEmpty { return WordedName.compare(wanted: wanted.name, said: self.body) }
            return WordedName.compare(wanted: wanted.name, said: self.likelyBody) == .met ? .met : .open
        default: return .open
        }
    }
}

/// Judges many fitments that name one vehicle: what it has compared once, it remembers.
///
/// The fitments of a model have few different attributes, and reading an engine's text costs more than all else. What is
/// remembered lives as long as the judge: that of a page's fitments.
public struct VehicleJudge: Sendable {
    /// The vehicle.
    public let asked: AskedVehicle
    private var attributes: [VehicleAttribute: Compared] = [:]
    private var submodels: [Named: Compared] = [:]

    /// A judge of fitments of this vehicle.
    public init(_ asked: AskedVehicle) { self.asked = asked }

    /// Whether a fitment's part fits.
    public mutating func judge(_ fitment: Fitment) -> FitmentMatch {
        guard self.asked.isAtPosition(fitment) else { return .doesNotFit }
        var questions: [OpenQuestion] = []
        if let vehicle = fitment.vehicle {
            let wanted = Named(id: vehicle.submodelID, name: vehicle.submodel)
            switch self.compareSubmodel(wanted) {
            case .met: break
            case .open: questions.append(OpenQuestion(subject: .submodel, answer: wanted.words))
            case .contradicted: return .doesNotFit
            }
            if vehicle.vehicleTypeID != 0 && vehicle.equipmentModelID == 0 {
                questions.append(OpenQuestion(subject: .condition, answer: "vehicle type #\(vehicle.vehicleTypeID)"))
            }
        }
        for attribute in fitment.attributes {
            switch self.compare(attribute) {
            case .met: break
            case .open: questions.append(Self.question(attribute))
            case .contradicted: return .doesNotFit
            }
        }
        questions += FitmentConditions.toJudge(fitment).map { OpenQuestion(subject: .condition, answer: $0) }
        return questions.isEmpty ? .fits : .depends(on: questions)
    }

    private mutating func compareSubmodel(_ wanted: Named) -> Compared {
        guard wanted.isSaid else { return .met }
        if let compared = self.submodels[wanted] { return compared }
        let compared = self.asked.compareSubmodel(wanted)
        self.submodels[wanted] = compared
        return compared
    }

    private mutating func compare(_ wanted: VehicleAttribute) -> Compared {
        if let compared = self.attributes[wanted] { return compared }
        let compared = self.asked.compare(wanted)
        self.attributes[wanted] = compared
        return compared
    }

    private static func question(_ attribute: VehicleAttribute) -> OpenQuestion {
        let words = Named(id: attribute.id, name: attribute.name).words
        switch attribute.kind {
        case .engine, .engineBase: return OpenQuestion(subject: .engine, answer: words)
        case .driveType: return OpenQuestion(subject: .drive, answer: words)
        case .bodyType: return OpenQuestion(subject: .body, answer: words)
        default: return OpenQuestion(subject: .condition, answer: "\(attribute.kind.words) \(words)")
        }
    }
}

/// What is known by an id, a name or both.
struct Named: Hashable {
    let id: UInt32
    let name: String

    var isSaid: Bool { self.id != 0 || !self.name.isEmpty }
    /// The name, or `#39` where there is none.
    var words: String { self.name.isEmpty ? "#\(self.id)" : self.name }
}

/// A fitment's conditions in words.
public enum FitmentConditions {
    /// What somebody has to judge: qualifiers and notes.
    static func toJudge(_ fitment: Fitment) -> [String] {
        fitment.qualifiers.map { qualifier in
            guard qualifier.text.isEmpty else { return qualifier.text }
            let values = qualifier.parameters.map { "\($0.value)\($0.unit.isEmpty ? "" : " ")\($0.unit)" }
            return (["qualifier #\(qualifier.id)"] + values).joined(separator: " ")
        } + fitment.notes.map(\.text)
    }

    /// All of them in one line.
    ///
    /// - Parameter maximumCharacters: What is longer is cut.
    public static func words(of fitment: Fitment, maximumCharacters: Int = 400) -> String {
        var parts: [String] = []
        if let vehicle = fitment.vehicle {
            let submodel = Named(id: vehicle.submodelID, name: vehicle.submodel)
            if submodel.isSaid { parts.append("submodel \(submodel.words)") }
        }
        parts += fitment.attributes.map { "\($0.kind.words) \(Named(id: $0.id, name: $0.name).words)" }
        parts += Self.toJudge(fitment)
        let line = parts.joined(separator: "; ")
        return line.count > maximumCharacters ? "\(line.prefix(maximumCharacters))…" : line
    }
}

extension VehicleAttributeKind {
    /// The kind's name as people write it: `drive type`.
    var words: String {
        self.rawValue == VehicleAttributeKind.engine.rawValue
            ? "engine"
            : String(describing: self).reduce(into: "") { words, letter in
                words += letter.isUppercase ? " \(letter.lowercased())" : String(letter)
            }
    }
}
