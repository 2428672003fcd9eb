internal import CatalogMessages

/// The codes of the life cycle, EXPI code LIS.
enum PIESLifeCycle {
    static let codes: [(code: String, status: LifeCycle)] = [
        ("0", .proposed), ("1", .released), ("2", .available), ("3", .electronicallyAnnounced), ("4", .announced),
        ("5", .temporarilyUnavailable), ("6", .renumbered), ("7", .superseded), ("8", .discontinued),
        ("9", .obsolete), ("A", .whileSuppliesLast), ("B", .notYetAvailable),
    ]

    static func status(_ code: String) -> LifeCycle? { Self.codes.first { $0.code == code }?.status }

    static func code(_ status: LifeCycle) -> String? { Self.codes.first { $0.status == status }?.code }
}
