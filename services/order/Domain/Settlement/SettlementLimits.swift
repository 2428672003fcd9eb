/// How much there may be of anything in a settlement.
public enum SettlementLimits {
    /// Bytes of the channel's own number of a settlement.
    public static let referenceBytes = 128
    /// Bytes of the file's own word for an amount.
    public static let wordBytes = 255
    /// Characters of the file's own text that are kept.
    public static let descriptionCharacters = 500
    /// Settlements that an order names; what is beyond stands in its log only.
    public static let settlementsPerOrder = 100
}
