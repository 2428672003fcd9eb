/// What a VIN tells, joined with what the EPA's table has about that model in that year.
public struct DecodedVehicle: Hashable, Sendable {
    /// What has to be asked, as a part's fitment may depend on it.
    public enum Question: String, Sendable, Hashable {
        /// Which of ``DecodedVehicle/engines``; any engine where there are none.
        case engine
        /// Which of ``DecodedVehicle/drives``; any drive where there are none.
        case drive
    }

    /// What the VIN tells.
    public let decoding: VINDecoding
    /// The configurations of that make, model and year, with those left out that the VIN excludes; nil: none are known.
    public let match: VehicleMatch?

    /// The engines that it may have. A single one is not certain: it is the only one that the table has.
    public var engines: [EngineChoice] { self.match?.engines ?? [] }
    /// The drives that it may have.
    public var drives: [String] { self.match?.drives ?? [] }

    /// What the tables leave open.
    public var stillToAsk: [Question] {
        (self.engines.count == 1 ? [] : [.engine]) + (self.drives.count == 1 ? [] : [.drive])
    }
}

extension VehicleTables {
    /// Decodes a VIN, and looks up which engines and drives its vehicle may have.
    ///
    /// The engine is in no VIN pattern of the tables; what the maker says about electrification leaves out engines that
    /// do not fit it.
    ///
    /// - Parameter currentYear: The calendar's year; see ``VINDecoder/decode(_:currentYear:)``.
    public func describe(_ vin: VIN, currentYear: Int) -> DecodedVehicle {
        let decoding = self.decoder.decode(vin, currentYear: currentYear)
        guard let make = decoding.make, let model = decoding.model, let year = decoding.modelYear else {
            return DecodedVehicle(decoding: decoding, match: nil)
        }
        let match = self.catalog.configurations(
            make: make, model: model, year: year, series: [decoding.series, decoding.trim].compactMap { $0 })
        return DecodedVehicle(
            decoding: decoding, match: match?.narrowed { Self.fits($0.engine, decoding.electrification) })
    }

    /// Whether an engine fits what vPIC says about electrification.
    private static func fits(_ engine: EngineChoice, _ electrification: String?) -> Bool {
        guard let electrification else { return true }
        if electrification.hasPrefix("BEV") { return engine.fuel == .electricity }
        if electrification.hasPrefix("PHEV") { return engine.hybrid == .plugIn }
        if electrification.hasPrefix("Strong HEV") { return engine.hybrid == .hybrid }
        return true
    }
}
