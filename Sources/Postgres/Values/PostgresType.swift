/// A type of the server's, as its parameters and columns name it.
///
/// The numbers are fixed by PostgreSQL (`src/include/catalog/pg_type.dat`) and the same in every database.
public struct PostgresType: Hashable, Sendable, CustomStringConvertible {
    /// The type's object identifier.
    public let identifier: UInt32

    /// A type by its object identifier.
    public init(identifier: UInt32) { self.identifier = identifier }

    /// `boolean`.
    public static let boolean = Self(identifier: 16)
    /// `bytea`.
    public static let bytea = Self(identifier: 17)
    /// `name`.
    public static let name = Self(identifier: 19)
    /// `bigint`.
    public static let bigint = Self(identifier: 20)
    /// `smallint`.
    public static let smallint = Self(identifier: 21)
    /// `integer`.
    public static let integer = Self(identifier: 23)
    /// `text`.
    public static let text = Self(identifier: 25)
    /// `tid`.
    public static let tupleID = Self(identifier: 27)
    /// `double precision`.
    public static let doublePrecision = Self(identifier: 701)
    /// `character`.
    public static let character = Self(identifier: 1042)
    /// `varchar`.
    public static let varchar = Self(identifier: 1043)
    /// `timestamptz`.
    public static let timestamptz = Self(identifier: 1184)
    /// `numeric`.
    public static let numeric = Self(identifier: 1700)
    /// `uuid`.
    public static let uuid = Self(identifier: 2950)
    /// `jsonb`.
    public static let jsonb = Self(identifier: 3802)

    /// The type of arrays of this type; nil for types that the client does not write.
    public var array: PostgresType? { Self.arrays[self.identifier].map(Self.init(identifier:)) }

    /// The name in SQL, or the number for types unknown here.
    public var description: String { Self.names[self.identifier] ?? "type \(self.identifier)" }

    private static let arrays: [UInt32: UInt32] = [
        16: 1000, 17: 1001, 20: 1016, 21: 1005, 23: 1007, 25: 1009, 27: 1010, 701: 1022, 1184: 1185, 1700: 1231,
        2950: 2951, 3802: 3807,
    ]

    private static let names: [UInt32: String] = [
        16: "boolean", 17: "bytea", 19: "name", 20: "bigint", 21: "smallint", 23: "integer", 25: "text", 27: "tid",
        701: "double precision", 1042: "character", 1043: "varchar", 1184: "timestamptz", 1700: "numeric",
        2950: "uuid", 3802: "jsonb", 1000: "boolean[]", 1001: "bytea[]", 1016: "bigint[]", 1005: "smallint[]",
        1007: "integer[]", 1009: "text[]", 1010: "tid[]", 1022: "double precision[]", 1185: "timestamptz[]",
        1231: "numeric[]", 2951: "uuid[]", 3807: "jsonb[]",
    ]
}
