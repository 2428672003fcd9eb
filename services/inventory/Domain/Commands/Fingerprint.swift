/// What a command asks for, as one number: two commands with one id are the same if their fingerprints are.
///
/// It stands beside the id in the database, so how it is computed never changes: FNV-1a (64 bits) over the source, the
/// reference, and the action's number and parts in the order of their declaration; texts end with a zero byte, optional
/// parts begin with whether they are there. Who sends it does not count: a retry may come through another key.
struct Fingerprint {
    private(set) var digest = FNV1a()

    init(_ command: Command) {
        self.add(Int64(command.source.rawValue))
        self.add(command.reference)
        self.add(command.action)
    }

    var value: Int64 { Int64(bitPattern: self.digest.value) }

    private mutating func add(_ number: Int64) { self.digest.add(UInt64(bitPattern: number)) }

    private mutating func add(_ flag: Bool) { self.digest.add(flag ? UInt8(1) : 0) }

    private mutating func add(_ text: String) {
        self.digest.add(text)
        self.digest.add(UInt8(0))
    }

    /// The hash of the text, which is there already.
    private mutating func add(_ key: TextKey) { self.digest.add(key.hash) }

    private mutating func add(_ place: Place) {
        self.add(place.sku.key)
        self.add(place.location.key)
        // Nothing where there is none: records that are older than lots stay valid.
        guard let lot = place.lot else { return }
        self.add(true)
        self.add(lot.id.key)
        self.add(lot.expiresAt?.microseconds ?? .max)
    }

    private mutating func add(_ count: UnitCount?) {
        self.add(count != nil)
        self.add(count?.units ?? 0)
    }

    private mutating func add(_ action: Action) {
        switch action {
        case .update(let update):
            self.add(1)
            self.add(update)
        case .adjust(let place, let delta, let reason):
            self.add(2)
            self.add(place)
            self.add(delta.units)
            self.add(Int64(reason.rawValue))
        case .expect(let place, let delta):
            self.add(3)
            self.add(place)
            self.add(delta.units)
        case .receive(let place, let quantity):
            self.add(4)
            self.add(place)
            self.add(quantity.units)
        case .transfer(let place, let destination, let quantity):
            self.add(5)
            self.add(place)
            self.add(destination.key)
            self.add(quantity.units)
        case .receiveTransfer(let place, let arrived, let lost):
            self.add(6)
            self.add(place)
            self.add(arrived.units)
            self.add(lost.units)
        case .count(let place, let count):
            self.add(7)
            self.add(place)
            self.add(count.units)
        case .quarantine(let place, let quantity):
            self.add(8)
            self.add(place)
            self.add(quantity.units)
        case .releaseQuarantine(let place, let quantity, let isWriteOff):
            self.add(9)
            self.add(place)
            self.add(quantity.units)
            self.add(isWriteOff)
        default:
            self.addReservation(action)
        }
    }

    private mutating func addReservation(_ action: Action) {
        switch action {
        case .reserve(let order):
            self.add(10)
            self.add(order)
        case .extend(let id, let time):
            self.add(11)
            self.add(id.key)
            self.add(time.seconds)
        case .confirm(let id):
            self.add(12)
            self.add(id.key)
        case .commit(let id, let portions):
            self.add(13)
            self.add(id.key)
            self.add(portions)
        case .release(let id, let portions):
            self.add(14)
            self.add(id.key)
            self.add(portions)
        case .expire(let id):
            self.add(15)
            self.add(id.key)
        case .expireLot(let place):
            self.add(16)
            self.add(place)
        default:
            break
        }
    }

    private mutating func add(_ update: ItemUpdate) {
        self.add(update.sku.key)
        if case .exactly(let version) = update.expectedVersion {
            self.add(true)
            self.add(version)
        } else {
            self.add(false)
        }
        self.add(Int64(update.levels.count))
        for level in update.levels {
            self.add(level.location.key)
            switch level.target {
            case .onHand(let count):
                self.add(false)
                self.add(count.units)
            case .available(let count):
                self.add(true)
                self.add(count.units)
            }
        }
        self.add(update.reorderThreshold)
        self.add(update.reorderQuantity)
        self.add(update.safetyBuffer)
        self.add(Int64(update.channelBuffers.count))
        for buffer in update.channelBuffers {
            self.add(buffer.channel.key)
            self.add(buffer.quantity.units)
        }
        self.add(update.isDropShip != nil)
        self.add(update.isDropShip ?? false)
    }

    /// Nothing where there are none: records that are older than portions stay valid.
    private mutating func add(_ portions: [ReservationPortion]) {
        for portion in portions {
            self.add(Int64(portion.line))
            self.add(portion.sku.key)
            self.add(portion.location != nil)
            if let location = portion.location { self.add(location.key) }
            self.add(portion.quantity.units)
        }
    }

    private mutating func add(_ order: ReserveOrder) {
        self.add(order.id.key)
        self.add(Int64(order.lines.count))
        for line in order.lines {
            self.add(line.sku.key)
            self.add(line.quantity.units)
            self.add(line.location != nil)
            if let location = line.location { self.add(location.key) }
        }
        self.add(Int64(order.rules.strategy.rawValue))
        self.add(order.rules.destinationRegion)
        self.add(order.rules.destinationCountry)
        self.add(order.rules.isPartial)
        self.add(order.rules.keepsLinesWhole)
        self.add(order.rules.backorderCap.units)
        self.add(order.holdTime.seconds)
        // Others have the fingerprint that they had before there were such ones.
        if order.isConfirmed { self.add(true) }
    }
}

extension Command {
    /// What it asks for, as one number; see `docs/inventory.md`.
    public var fingerprint: Int64 { Fingerprint(self).value }
}
