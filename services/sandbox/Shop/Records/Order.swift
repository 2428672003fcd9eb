/// What a buyer bought, and what became of it.
public struct Order: Codable, Sendable, Hashable {
    /// Something bought.
    public struct Line: Codable, Sendable, Hashable {
        /// Its number.
        public var id: Int64
        /// What was bought.
        public var variantID: Int64
        /// The product of it.
        public var productID: Int64
        /// The seller's key, as it was then.
        public var sku: String
        /// The title, as it was then.
        public var title: String
        /// The variant's title, as it was then.
        public var variantTitle: String
        /// The price of one, as it was then.
        public var price: Price
        /// How many were bought.
        public var quantity: Int
        /// How many of them were given back the money of.
        public var refunded = 0
        /// How many are still to be sent.
        public var fulfillable: Int
        /// How many were sent.
        public var fulfilled = 0

        /// How many are left of it: neither refunded nor cancelled.
        public var current: Int { self.quantity - self.refunded }
    }

    /// Who buys, and where it goes.
    public struct Buyer: Codable, Sendable, Hashable {
        /// The first name.
        public var firstName: String
        /// The last name.
        public var lastName: String
        /// The address for mail.
        public var email: String
        /// The telephone number.
        public var phone: String?
        /// Street and number.
        public var address1: String
        /// What the street needs beside it.
        public var address2: String?
        /// The town.
        public var city: String
        /// The state's code.
        public var provinceCode: String?
        /// The code of the town.
        public var zip: String
        /// The country's two letters.
        public var countryCode: String

        /// A buyer.
        public init(
            firstName: String, lastName: String, email: String, phone: String?, address1: String, address2: String?,
            city: String, provinceCode: String?, zip: String, countryCode: String
        ) {
            self.firstName = firstName
            self.lastName = lastName
            self.email = email
            self.phone = phone
            self.address1 = address1
            self.address2 = address2
            self.city = city
            self.provinceCode = provinceCode
            self.zip = zip
            self.countryCode = countryCode
        }

        /// Who it is where nobody says.
        public static let sample = Buyer(
            firstName: "Robin", lastName: "Carter", email: "robin.carter@example.com", phone: "+15555550100",
            address1: "12 Harbor Street", address2: nil, city: "Portland", provinceCode: "OR", zip: "97201",
            countryCode: "US")

        /// First and last name.
        public var name: String { "\(self.firstName) \(self.lastName)" }
    }

    /// What is to be sent from one location.
    public struct FulfilmentOrder: Codable, Sendable, Hashable {
        /// Lines of it.
        public struct Line: Codable, Sendable, Hashable {
            /// Its number.
            public var id: Int64
            /// The order's line.
            public var lineID: Int64
            /// How many in all.
            public var total: Int
            /// How many are still to be sent.
            public var remaining: Int
        }

        /// Its number.
        public var id: Int64
        /// Where it is sent from.
        public var locationID: Int64
        /// `OPEN`, `IN_PROGRESS`, `CLOSED`, `CANCELLED` or `ON_HOLD`.
        public var status: String
        /// What is to be sent.
        public var lines: [Line]
        /// When it was made.
        public var createdAt: Moment
        /// When it was last changed.
        public var updatedAt: Moment
    }

    /// What was sent.
    public struct Fulfilment: Codable, Sendable, Hashable {
        /// Lines of it.
        public struct Line: Codable, Sendable, Hashable {
            /// Its number.
            public var id: Int64
            /// The order's line.
            public var lineID: Int64
            /// How many.
            public var quantity: Int
        }

        /// Where a parcel is looked up.
        public struct Tracking: Codable, Sendable, Hashable {
            /// The number.
            public var number: String?
            /// The page.
            public var url: String?
            /// The carrier.
            public var company: String?

            /// A parcel.
            public init(number: String?, url: String?, company: String?) {
                self.number = number
                self.url = url
                self.company = company
            }
        }

        /// Its number.
        public var id: Int64
        /// Its name, such as `#1001-F1`.
        public var name: String
        /// `SUCCESS` or `CANCELLED`.
        public var status: String
        /// Where it was sent from.
        public var locationID: Int64
        /// Of which fulfilment orders it is.
        public var fulfilmentOrderIDs: [Int64]
        /// What was sent.
        public var lines: [Line]
        /// The parcels.
        public var tracking: [Tracking]
        /// Whether the buyer was told.
        public var notifiesCustomer: Bool
        /// The seller's name of it, where the platform has one.
        public var reference: String?
        /// When it was made.
        public var createdAt: Moment
        /// When it was last changed.
        public var updatedAt: Moment
    }

    /// What was given back.
    public struct Refund: Codable, Sendable, Hashable {
        /// Lines of it.
        public struct Line: Codable, Sendable, Hashable {
            /// Its number.
            public var id: Int64
            /// The order's line.
            public var lineID: Int64
            /// How many.
            public var quantity: Int
            /// `RETURN`, `CANCEL` or `NO_RESTOCK`.
            public var restockType: String
            /// Where they went back to.
            public var locationID: Int64?
            /// What they cost together.
            public var subtotal: Price

            /// A line.
            public init(
                id: Int64, lineID: Int64, quantity: Int, restockType: String, locationID: Int64?, subtotal: Price
            ) {
                self.id = id
                self.lineID = lineID
                self.quantity = quantity
                self.restockType = restockType
                self.locationID = locationID
                self.subtotal = subtotal
            }
        }

        /// Its number.
        public var id: Int64
        /// What the seller says of it.
        public var note: String?
        /// The goods.
        public var lines: [Line]
        /// The money.
        public var amount: Price
        /// The payments that it was given back by.
        public var transactionIDs: [Int64]
        /// When it was made.
        public var createdAt: Moment
    }

    /// Money that went one way or the other.
    public struct Transaction: Codable, Sendable, Hashable {
        /// Its number.
        public var id: Int64
        /// `SALE` or `REFUND`.
        public var kind: String
        /// How it was paid.
        public var gateway: String
        /// How much.
        public var amount: Price
        /// The payment that it gives back of.
        public var parentID: Int64?
        /// When it was made.
        public var createdAt: Moment

        /// A payment.
        public init(
            id: Int64, kind: String, gateway: String, amount: Price, parentID: Int64?, createdAt: Moment
        ) {
            self.id = id
            self.kind = kind
            self.gateway = gateway
            self.amount = amount
            self.parentID = parentID
            self.createdAt = createdAt
        }
    }

    /// Its number.
    public var id: Int64
    /// What the seller calls it, counted from 1001.
    public var number: Int
    /// What was bought.
    public var lines: [Line]
    /// Who bought it.
    public var buyer: Buyer
    /// The currency of all its amounts.
    public var currency: String
    /// What sending it cost.
    public var shipping = Price.zero
    /// What the buyer says of it.
    public var note: String?
    /// What is to be sent.
    public var fulfilmentOrders: [FulfilmentOrder] = []
    /// What was sent.
    public var fulfilments: [Fulfilment] = []
    /// What was given back.
    public var refunds: [Refund] = []
    /// What was paid and given back.
    public var transactions: [Transaction] = []
    /// When it was made.
    public var createdAt: Moment
    /// When it was last changed.
    public var updatedAt: Moment
    /// When it was cancelled.
    public var cancelledAt: Moment?
    /// Why it was cancelled, such as `CUSTOMER`.
    public var cancelReason: String?
    /// When everything was done.
    public var closedAt: Moment?
}

extension Order {
    /// As `#1001`.
    public var name: String { "#\(self.number)" }
    /// What the goods cost.
    public var subtotal: Price { self.lines.reduce(.zero) { $0 + $1.price * $1.quantity } }
    /// What was to be paid.
    public var total: Price { self.subtotal + self.shipping }
    /// What was given back.
    public var refunded: Price { self.refunds.reduce(.zero) { $0 + $1.amount } }
    /// What was paid and not given back.
    public var netPayment: Price { self.total - self.refunded }

    /// `PAID`, `PARTIALLY_REFUNDED`, `REFUNDED` or `VOIDED`.
    public var financialStatus: String {
        if self.refunded == .zero { return self.cancelledAt == nil ? "PAID" : "VOIDED" }
        return self.refunded >= self.total ? "REFUNDED" : "PARTIALLY_REFUNDED"
    }

    /// `UNFULFILLED`, `PARTIALLY_FULFILLED` or `FULFILLED`.
    public var fulfilmentStatus: String {
        let sent = self.lines.reduce(0) { $0 + $1.fulfilled }
        if sent == 0 { return "UNFULFILLED" }
        return self.lines.contains { $0.fulfillable > 0 } ? "PARTIALLY_FULFILLED" : "FULFILLED"
    }
}
