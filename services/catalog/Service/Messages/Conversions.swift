internal import Buckets
internal import CatalogDomain
internal import Postgres
internal import ProtobufC
internal import WellKnownMessages

extension PostgresUUID {
    /// The bucket of one of the brand's SKUs or numbers.
    func bucket(of key: String) -> Int16 { Bucket(brand: (self.high, self.low), key: key).number }
}

extension PostgresTimestamp {
    /// The moment as messages have it.
    var protobuf: ProtoTimestamp {
        let (seconds, microseconds) = self.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        // Fractions count forward also before 1970.
        return microseconds < 0
            ? ProtoTimestamp(seconds: seconds - 1, nanos: Int32(microseconds + 1_000_000) * 1_000)
            : ProtoTimestamp(seconds: seconds, nanos: Int32(microseconds) * 1_000)
    }
}

extension SKU {
    /// A SKU of a row, which was valid when it was written. Where it is not now, somebody else has changed it.
    static func read(_ text: String) throws(PostgresError) -> SKU {
        do throws(ProductFault) {
            return try SKU(text)
        } catch {
            throw .unexpectedValue(column: "sku", reason: "\(error)")
        }
    }
}
