/// What the EPA's table has about a model: configurations, and how surely they are its own.
///
/// The table's texts mix model, trim, body and drive, and are matched to models by their words. A text belongs to the
/// longest name of a model that it has in one place, so that "Transit Connect Van" is no Transit.
public struct VehicleMatch: Hashable, Sendable {
    /// How surely configurations are those of a model.
    public enum Sureness: Int, Sendable, Hashable, Comparable {
        /// The texts have the name within, or are of a class of models, such as "C300" of the C-Class. Likely, but some
        /// may be of another model.
        case within
        /// The texts begin with the name, or are it but for words for body and drive. Some may be of trims that a vehicle
        /// has not; of what the model had in that year none is missing.
        case beginning
        /// All texts are the name, but for words for body and drive.
        case name

        /// Less sure.
        public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// How surely they are the model's.
    public let sureness: Sureness
    /// Configurations, none twice.
    public let configurations: [VehicleConfiguration]

    /// The engines to choose from, by displacement and cylinders; none twice.
    public var engines: [EngineChoice] { Set(self.configurations.map(\.engine)).sorted() }
    /// The drives to choose from.
    public var drives: [String] { Set(self.configurations.compactMap(\.drive)).sorted() }
    /// The transmissions to choose from.
    public var transmissions: [String] { Set(self.configurations.compactMap(\.transmission)).sorted() }
    /// The classes.
    public var vehicleClasses: [String] { Set(self.configurations.compactMap(\.vehicleClass)).sorted() }

    /// Only those configurations for which something holds; all of them where it holds for none.
    func narrowed(by holds: (VehicleConfiguration) -> Bool) -> VehicleMatch {
        let fitting = self.configurations.filter(holds)
        return fitting.isEmpty ? self : VehicleMatch(sureness: self.sureness, configurations: fitting)
    }
}
