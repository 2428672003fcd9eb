/// The limits of files of orders and settlements.
public enum OrderFileLimits {
    /// The bytes of one record at the most.
    public static let maximumRecordBytes = 1_048_576
}
