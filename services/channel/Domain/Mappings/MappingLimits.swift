/// What mappings take at most.
public enum MappingLimits {
    /// The bytes of a value, at every step of its making.
    public static let valueBytes = 1 << 18
    /// The bytes of all values of a listing together.
    public static let listingBytes = 1 << 20
    /// The bytes that the steps of all rules together look at for one listing.
    public static let workBytes = 1 << 26
    /// The values that a path finds.
    public static let valuesOfPath = 10_000
    /// The steps of a path.
    public static let stepsOfPath = 16
    /// The bytes of a value that a pattern is tried on; a longer one does not match.
    public static let matchedBytes = 4_096
    /// The fitments of a product that a mapping can use.
    public static let fitments = 5_000
    /// The problems of a listing that are told.
    public static let problems = 50
}
