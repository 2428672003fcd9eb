/// The reason of a refusal. The raw values are those of the proto enum.
public enum RefusalReason: Int32, Hashable, Sendable, CaseIterable {
    /// Fewer units are free than were asked for.
    case insufficientStock = 1
    /// The change would leave fewer units than are promised.
    case belowReserved = 2
    /// The brand has no such location.
    case unknownLocation = 3
    /// The location is not active.
    case inactiveLocation = 4
    /// Nothing is known of the SKU, and the brand's rules do not let stock make one.
    case unknownSKU = 5
    /// The SKU is a kit, which has no stock of its own.
    case isKit = 6
    /// The SKU has another version than expected.
    case versionConflict = 7
    /// The brand's rules ask for the expected version.
    case versionRequired = 8
    /// The brand has no such reservation.
    case unknownReservation = 9
    /// The reservation has ended by its expiry.
    case reservationExpired = 10
    /// The reservation has been released, perhaps before it was made.
    case reservationReleased = 11
    /// The reservation has been shipped.
    case reservationCommitted = 12
    /// The reservation is confirmed and has no expiry.
    case reservationConfirmed = 13
    /// Another command has made a reservation with this id.
    case reservationExists = 14
    /// The command id has been used for another command.
    case commandIDReused = 15
    /// What the quantity gives is out of range.
    case quantityOutOfRange = 16
    /// No line, or more than a command may have.
    case lineCount = 17
    /// The same location or channel twice in one update.
    case duplicateLine = 18
    /// From a location to itself.
    case sameLocation = 19
    /// The expiry lies further ahead than allowed.
    case expiryOutOfRange = 20
    /// The SKU has stock at as many locations as it can.
    case tooManyLocations = 21
    /// Rows that the command needs were not given to the decision: read them, and decide again.
    case notLoaded = 23
    /// The reservation does not hold so many units there any more.
    case notHeld = 25
    /// There is no such lot.
    case unknownLot = 26
    /// The lot is known with another expiry.
    case lotExpiryDiffers = 27
    /// The SKU has as many lots at the location as it can.
    case tooManyLots = 28
    /// The client holds as much as it may without confirming it.
    case tooManyHolds = 29
}

/// Why a command was not carried out. It has changed nothing.
public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason.
    public let reason: RefusalReason
    /// The path of the field at fault within the command, in the words of the proto: "lines[2].quantity".
    public internal(set) var field: String
    /// The SKU it is about.
    public internal(set) var sku: SKU?
    /// The location it is about.
    public internal(set) var location: LocationID?
    /// How many units are free.
    public internal(set) var available: Int64?
    /// The SKU's version.
    public internal(set) var currentVersion: Int64?

    init(
        _ reason: RefusalReason, field: String, sku: SKU? = nil, location: LocationID? = nil, available: Int64? = nil,
        currentVersion: Int64? = nil
    ) {
        self.reason = reason
        self.field = field
        self.sku = sku
        self.location = location
        self.available = available
        self.currentVersion = currentVersion
    }

    /// What is wrong and what would be valid, in one sentence.
    public var description: String {
        let sku = self.sku.map { "\($0)" } ?? "the SKU"
        let location = self.location.map { "\($0)" } ?? "the location"
        let place = self.location.map { "\(sku) at \($0)" } ?? sku
        let available = self.available.map { ": \($0) are free" } ?? ""
        return switch self.reason {
        case .insufficientStock: "not enough of \(place)\(available)"
        case .belowReserved: "\(place) would have less than is reserved\(available); only a count may say so"
        case .unknownLocation: "there is no location \(location)"
        case .inactiveLocation: "\(location) is not active; nothing is sold from it"
        case .unknownSKU: "\(sku) is not known, and the brand's rules do not accept unknown SKUs"
        case .isKit: "\(sku) is a kit and has no stock of its own; change that of its components"
        case .versionConflict: "\(sku) has version \(self.currentVersion ?? 0); read it and decide again"
        case .versionRequired: "the brand's rules ask for the version of \(sku) that the change builds on"
        case .quantityOutOfRange:
            "\(place) would have a number outside 0 to \(InventoryLimits.maximumUnits)"
        case .lineCount:
            """
            a command has 1 to \(InventoryLimits.maximumLines) lines, and holds units at no more than \
            \(InventoryLimits.maximumAllocations) SKUs and locations
            """
        case .duplicateLine: "\(self.location.map { "\($0)" } ?? "a channel") stands twice; once is valid"
        case .sameLocation: "\(location) is both where the units leave and where they go"
        case .tooManyLocations:
            "\(sku) has stock at \(InventoryLimits.maximumLocationsOfItem) locations already, the most it can have"
        case .unknownLot: "\(place) has no such lot; receive, adjust or count one to make it"
        case .lotExpiryDiffers: "the lot of \(place) is known with another expiry; give the same, or none"
        case .tooManyLots:
            "\(place) has \(InventoryLimits.maximumLotsOfLevel) lots with units already, the most it can have"
        case .notLoaded: "what is known of \(sku) changed meanwhile; send the same command again"
        default: self.reservationDescription
        }
    }

    private var reservationDescription: String {
        switch self.reason {
        case .unknownReservation: "there is no such reservation"
        case .reservationExpired: "the reservation has expired; reserve again under another id"
        case .reservationReleased: "the reservation has been released; reserve again under another id"
        case .reservationCommitted: "the reservation has been shipped; what comes back is adjusted as returned"
        case .reservationConfirmed: "the reservation is confirmed and has no expiry to extend"
        case .tooManyHolds:
            """
            the client holds as much as the brand's rules let it without confirming; \(self.available ?? 0) units more \
            are possible: confirm or release what it holds
            """
        case .reservationExists: "another command has made a reservation with this id"
        case .notHeld:
            """
            the line holds no more than \(self.available ?? 0) of \(self.sku.map { "\($0)" } ?? "the SKU")\
            \(self.location.map { " at \($0)" } ?? ""); read the reservation and name what it holds
            """
        case .expiryOutOfRange:
            "a reservation is held for \(InventoryLimits.maximumHeldSeconds) seconds after it was made at most; confirm it"
        default: "the command id has been used for another command; a new command needs a new id"
        }
    }
}
