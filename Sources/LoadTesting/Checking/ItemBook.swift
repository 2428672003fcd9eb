/// What is known of one SKU from the calls of the test alone, in bounds: calls under way may have been carried out or
/// not.
///
/// A change widens the bounds when its call begins and closes them when its answer is there. So the true number lies
/// between them at any time, whatever else is under way; where the most that can be free is negative, more was given
/// away than there was.
struct ItemBook: Sendable {
    /// Bounds of a number.
    struct Bounds: Sendable, Hashable {
        var least: Int64
        var most: Int64

        init(_ number: Int64) {
            self.least = number
            self.most = number
        }

        func contains(_ number: Int64) -> Bool { self.least <= number && number <= self.most }
    }

    /// The units of a set, and the version that it was given.
    struct SetUnits: Sendable, Hashable {
        var version: UInt64
        var location: Int
        var units: Int64
    }

    /// Units there and free, over all locations.
    private(set) var free: Bounds
    /// Units there, those promised among them.
    private(set) var onHand: Bounds
    /// Units promised.
    private(set) var reserved: Bounds
    /// Calls that began and may have taken units.
    private(set) var takes: UInt32 = 0
    var versions = VersionFloor()
    /// The latest set that was acknowledged, for SKUs that are only set.
    private(set) var lastSet: SetUnits?
    /// What the read of the highest version said.
    private var lastRead: (version: UInt64, onHand: Int64, reserved: Int64) = (0, 0, 0)

    /// A SKU with units of which none is promised by a call of the test.
    init(onHand: Int64, reserved: Int64) {
        self.free = Bounds(onHand - reserved)
        self.onHand = Bounds(onHand)
        self.reserved = Bounds(reserved)
    }
}

/// A change of a SKU's units.
enum UnitChange: Sendable, Hashable {
    /// Units come in.
    case add(Int64)
    /// Units go, and nobody was promised them.
    case remove(Int64)
    /// Units are promised.
    case reserve(Int64)
    /// Promised units are free again.
    case release(Int64)
    /// Promised units go.
    case commit(Int64)
    /// The units of a location are set, of a SKU that is only set.
    case set(location: Int, units: Int64)

    /// How many units it is about.
    var units: Int64 {
        switch self {
        case .add(let units), .remove(let units), .reserve(let units), .release(let units), .commit(let units): units
        case .set(_, let units): units
        }
    }
}

extension ItemBook {
    /// A change's call begins.
    mutating func begin(_ change: UnitChange) {
        switch change {
        case .add(let units):
            self.free.most += units
            self.onHand.most += units
        case .remove(let units):
            self.free.least -= units
            self.onHand.least -= units
            self.takes &+= 1
        case .reserve(let units):
            self.free.least -= units
            self.reserved.most += units
            self.takes &+= 1
        case .release(let units):
            self.free.most += units
            self.reserved.least -= units
        case .commit(let units):
            self.onHand.least -= units
            self.reserved.least -= units
        case .set: break
        }
    }

    /// A change was carried out.
    mutating func succeed(_ change: UnitChange, version: UInt64) {
        switch change {
        case .add(let units):
            self.free.least += units
            self.onHand.least += units
        case .remove(let units):
            self.free.most -= units
            self.onHand.most -= units
        case .reserve(let units):
            self.free.most -= units
            self.reserved.least += units
        case .release(let units):
            self.free.least += units
            self.reserved.most -= units
        case .commit(let units):
            self.onHand.most -= units
            self.reserved.most -= units
        case .set(let location, let units):
            guard version > self.lastSet?.version ?? 0 else { return }
            self.lastSet = SetUnits(version: version, location: location, units: units)
        }
    }

    /// A change was certainly not carried out.
    mutating func fail(_ change: UnitChange) {
        switch change {
        case .add(let units):
            self.free.most -= units
            self.onHand.most -= units
        case .remove(let units):
            self.free.least += units
            self.onHand.least += units
        case .reserve(let units):
            self.free.least += units
            self.reserved.most -= units
        case .release(let units):
            self.free.most -= units
            self.reserved.least += units
        case .commit(let units):
            self.onHand.least += units
            self.reserved.least += units
        case .set: break
        }
    }

    /// Whether a read agrees with earlier ones: one version has one content.
    mutating func agrees(version: UInt64, onHand: Int64, reserved: Int64) -> Bool {
        if version > self.lastRead.version { self.lastRead = (version, onHand, reserved) }
        return version < self.lastRead.version || (self.lastRead.onHand == onHand && self.lastRead.reserved == reserved)
    }
}
