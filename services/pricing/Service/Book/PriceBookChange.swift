internal import Postgres
internal import PricingMessages
internal import WellKnownMessages

/// One thing of a price book that was made, changed or removed.
struct PriceBookChange: Sendable {
    /// What it is, with what only answers have.
    enum Subject: Sendable {
        /// A list, and the number that stands for it in prices.
        case list(PriceList, number: Int32)
        case rule(PriceRule)
        case kit(PriceKit)
        case settings(PricingSettings)
    }

    /// What it is now; of what was removed, what it was.
    let subject: Subject
    let isRemoved: Bool

    init(_ subject: Subject, isRemoved: Bool = false) {
        self.subject = subject
        self.isRemoved = isRemoved
    }

    /// As `price_book_history.kind` has it.
    var kind: PriceBookKind {
        switch self.subject {
        case .list: .list
        case .rule: .rule
        case .kit: .kit
        case .settings: .settings
        }
    }

    /// Names it among those of its kind; of settings, of which there is one, empty.
    var id: String {
        switch self.subject {
        case .list(let list, _): list.listID
        case .rule(let rule): rule.ruleID
        case .kit(let kit): kit.sku
        case .settings: ""
        }
    }

    /// Of lists; of others 0.
    var listNumber: Int32 {
        if case .list(_, let number) = self.subject { number } else { 0 }
    }

    /// When it begins and ends to count, where it has a time.
    var boundaries: [ProtoTimestamp] {
        switch self.subject {
        case .list(let list, _): [list.validFrom, list.validTo].compactMap { $0 }
        case .rule(let rule): [rule.validFrom, rule.validTo].compactMap { $0 }
        case .kit, .settings: []
        }
    }

    /// As `price_due.kind` has it; nil: it has no time.
    var dueKind: PriceDueKind? {
        switch self.subject {
        case .list: .list
        case .rule: .rule
        case .kit, .settings: nil
        }
    }

    /// What is told of it.
    ///
    /// - Parameter revision: Of the book, which is its version.
    func event(revision: Int64) -> PricingEvent {
        let version = UInt64(clamping: revision)
        switch self.subject {
        case .list(var list, _):
            list.version = version
            return .listChanged(PriceListChanged(priceList: list, removed: self.isRemoved))
        case .rule(var rule):
            rule.version = version
            return .ruleChanged(PriceRuleChanged(rule: rule, removed: self.isRemoved))
        case .kit(var kit):
            kit.version = version
            return .kitChanged(PriceKitChanged(kit: kit, removed: self.isRemoved))
        case .settings(var settings):
            settings.version = version
            return .settingsChanged(PricingSettingsChanged(settings: settings))
        }
    }
}

/// What `price_book_history.kind` says.
enum PriceBookKind: Int16, Sendable {
    case list = 1
    case rule = 2
    case kit = 3
    case settings = 4
}

/// What `price_due.kind` says.
enum PriceDueKind: Int16, Sendable {
    case prices = 1
    case list = 2
    case rule = 3
}

extension PriceList {
    /// The list without what only answers have: as rows hold it.
    var stored: PriceList {
        var list = self
        (list.version, list.createdAt, list.changedAt) = (0, nil, nil)
        return list
    }

    /// The list as it is answered.
    func answer(version: Int64, _ createdAt: PostgresTimestamp, _ changedAt: PostgresTimestamp) -> PriceList {
        var list = self
        list.version = UInt64(clamping: version)
        (list.createdAt, list.changedAt) = (createdAt.protobuf, changedAt.protobuf)
        return list
    }
}

extension PriceRule {
    /// The rule without what only answers have: as rows hold it.
    var stored: PriceRule {
        var rule = self
        (rule.version, rule.createdAt, rule.changedAt) = (0, nil, nil)
        (rule.usesRedeemed, rule.amountRedeemed) = (0, "")
        return rule
    }

    /// The rule as it is answered, but for what was redeemed of it.
    func answer(version: Int64, _ createdAt: PostgresTimestamp, _ changedAt: PostgresTimestamp) -> PriceRule {
        var rule = self
        rule.version = UInt64(clamping: version)
        (rule.createdAt, rule.changedAt) = (createdAt.protobuf, changedAt.protobuf)
        return rule
    }
}

extension PriceKit {
    /// The kit without what only answers have: as rows hold it.
    var stored: PriceKit {
        var kit = self
        kit.version = 0
        return kit
    }

    /// The kit as it is answered.
    func answer(version: Int64) -> PriceKit {
        var kit = self
        kit.version = UInt64(clamping: version)
        return kit
    }
}

extension PricingSettings {
    /// The settings without what only answers have: as rows hold them.
    var stored: PricingSettings {
        var settings = self
        settings.version = 0
        return settings
    }

    /// The settings as they are answered.
    func answer(version: Int64) -> PricingSettings {
        var settings = self
        settings.version = UInt64(clamping: version)
        return settings
    }
}
