/// What connections take at most.
public enum ConnectionLimits {
    /// The connections of a brand.
    public static let connectionsOfBrand = 100
    /// The bytes of a setting.
    public static let settingBytes = 2_000
    /// The bytes of a credential.
    public static let credentialBytes = 8_192
    /// How often a platform may be asked for orders, in seconds: 1 s to a day.
    public static let pollSeconds: ClosedRange<Int64> = 1...86_400
    /// How far behind the last order a question may begin, in seconds: at most a day.
    public static let overlapSeconds: ClosedRange<Int64> = 0...86_400
}
