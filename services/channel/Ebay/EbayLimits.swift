/// How much is sent and asked for at once.
enum EbayLimits {
    /// Rows of one call that sets quantities or prices.
    static let revisionRows = 25
    /// Calls that one push may come to, as refused rows are taken out: enough to set each of the rows apart.
    static let revisionCalls = 60
    /// For how long behind a push an order may have come before it, in seconds: it is carried out at once, and clocks differ.
    /// More would have each sale of what sells all the time take one of the listing's revisions.
    static let pushSettleSeconds: Int64 = 10
    /// Listings whose shelves are read at once; the offers of each are a call of its own.
    static let readRows = 10
    /// Items of a page; the offers of each are a call of its own.
    static let listingsPage = 20
    /// Offers of one item that are read: one for each marketplace and format.
    static let offersPage = 100
    /// Orders of a page.
    static let ordersPage = 50
    /// Lines of an order.
    static let orderLines = 500
    /// The longest SKU that the platform takes, in characters.
    static let skuCharacters = 50
    /// The greatest quantity that is sent or read.
    static let quantity: Int64 = 1_000_000_000
    /// The greatest amount of an order, in millionths.
    static let amountMicros: Int64 = 10_000_000_000_000_000
    /// The furthest that a list of orders or items goes.
    static let offset = 10_000_000
    /// Vehicles that one item fits.
    static let compatibleProducts = 3_000
    /// How long what the platform allows in listings is kept, in seconds.
    static let allowedSeconds: Int64 = 86_400
    /// How long it is kept that the platform has nothing of what was asked for, in seconds.
    static let missingSeconds: Int64 = 3_600
    /// Answers about what is allowed that are kept, and values in all of them.
    static let allowedEntries = 10_000
    static let allowedValues = 500_000
    /// Near values that are told of one that is not known.
    static let nearValues = 3
    /// What is told of the vehicles that one item must not have.
    static let fitmentFindings = 5
    /// Characters of a note on a vehicle.
    static let noteCharacters = 500
    /// Characters of the comment on a refund.
    static let commentCharacters = 100
    /// How long an answer may take, in milliseconds.
    static let timeoutMilliseconds: Int64 = 30_000
    /// How long is waited where the platform throttles and does not say for how long, in milliseconds.
    static let throttleMilliseconds: Int64 = 60_000
    /// The longest that is waited for a quota to begin anew, in microseconds: they are a day's.
    static let quotaMicroseconds: Int64 = 86_400_000_000
    /// How often quotas are read though nothing is refused, in microseconds.
    static let quotaPauseMicroseconds: Int64 = 900_000_000
    /// How long what was read of quotas is enough for calls that are refused, in microseconds.
    static let quotaFreshMicroseconds: Int64 = 60_000_000
    /// How long a public key is kept, in seconds.
    static let publicKeySeconds: Int64 = 3_600
    /// Destinations or subscriptions of a page, and pages that are looked through.
    static let notificationPage = 100
    static let notificationPages = 20
    /// Public keys that are not known which are asked for in a minute.
    static let newKeys = 30
    /// Bytes of what the platform said that are kept.
    static let messageBytes = 500
}
