internal import ChannelAdapter
internal import ChannelMessages
internal import FileFormats

/// Notifications as their schemas have them. They come from queues, whose access rules are what is trusted: there is no
/// signature over their bytes.
///
/// Some types write the envelope's names with a small first letter, and some samples have other spellings than their schema:
/// names are compared without regard to case.
struct AmazonNotification: Hashable, Sendable {
    /// "ORDER_CHANGE".
    let type: String
    /// By which a repeat is recognised.
    let id: String
    /// When it happened, in microseconds since 1970; nil: not said.
    let happenedAt: Int64?
    /// The seller's id or account; empty: not said.
    let seller: String
    /// What it is about: an order's id, a SKU, a feed's id, an ASIN; empty: nothing of its own.
    let subject: String
    let kind: InboundKind
    /// How far a feed or report is, or how an order stands; empty: not said.
    let status: String
    /// A number of units of the seller's own stock; nil: not said.
    let quantity: Int64?

    /// What is to be known of a type: its kind, and the names under which the payload has its subject, the first that there
    /// is. A type that is not among them is read all the same, without a subject.
    private static let types: [String: (kind: InboundKind, subjects: [String])] = [
        "ORDER_CHANGE": (.order, ["amazonorderid"]),
        "FBA_OUTBOUND_SHIPMENT_STATUS": (.other, ["amazonorderid"]),
        "FULFILLMENT_ORDER_STATUS": (.other, ["sellerfulfillmentorderid"]),
        "LISTINGS_ITEM_MFN_QUANTITY_CHANGE": (.stock, ["sku"]),
        // The schema's sample has the one, and its list of values the other.
        "LISTINGS_ITEM_STATUS_CHANGE": (.product, ["sku"]), "LISTINGS_ITEM_STATUS_CHANGED": (.product, ["sku"]),
        "LISTINGS_ITEM_ISSUES_CHANGE": (.product, ["sku"]),
        "FBA_INVENTORY_AVAILABILITY_CHANGES": (.stock, ["sku", "sellersku"]),
        "FEED_PROCESSING_FINISHED": (.other, ["feedid"]),
        "REPORT_PROCESSING_FINISHED": (.other, ["reportid"]),
        "ANY_OFFER_CHANGED": (.other, ["asin"]), "B2B_ANY_OFFER_CHANGED": (.other, ["asin"]),
        "PRICING_HEALTH": (.other, ["asin"]), "ITEM_PRODUCT_TYPE_CHANGE": (.other, ["asin"]),
        "ITEM_INVENTORY_EVENT_CHANGE": (.other, ["asin"]),
        "PRODUCT_TYPE_DEFINITIONS_CHANGE": (.other, ["marketplaceid", "producttypeversion"]),
    ]

    /// Reads a notification.
    ///
    /// - Throws: A fault with code `not-understood` that names what is missing.
    init(_ body: [UInt8]) throws(PlatformFault) {
        let json = try AmazonOrder.json(body)
        guard let type = json.member("notificationType")?.text, !type.isEmpty else {
            throw .notUnderstood("NotificationType", "is missing or no text")
        }
        guard let metadata = json.member("notificationMetadata"),
            let id = metadata.member("notificationId")?.text, !id.isEmpty
        else { throw .notUnderstood("NotificationMetadata.NotificationId", "is missing or no text") }
        guard let payload = json.member("payload"), case .object = payload else {
            throw .notUnderstood("Payload", "is missing or no object")
        }
        let known = Self.types[type.uppercased()]
        self.type = type
        self.id = id
        self.kind = known?.kind ?? .other
        self.happenedAt = (json.member("eventTime") ?? metadata.member("publishTime"))?.text.flatMap {
            PlatformTime.microseconds($0)
        }
        self.seller = payload.found(["sellerid", "accountid"])?.digits ?? ""
        self.subject = payload.found(known?.subjects ?? [])?.digits ?? ""
        self.status = payload.found(["processingstatus", "orderstatus", "fulfillmentorderstatus"])?.text ?? ""
        self.quantity = type == "LISTINGS_ITEM_MFN_QUANTITY_CHANGE" ? payload.member("quantity")?.integer : nil
        if known != nil, self.subject.isEmpty {
            throw .notUnderstood("Payload", "of \(type) does not say what it is about")
        }
    }

    var content: NotificationContent {
        NotificationContent(
            kind: self.kind, topic: self.type, eventID: self.id, subject: self.subject, happenedAt: self.happenedAt)
    }
}

extension JSONValue {
    /// How deep and how far a payload is searched.
    private static let searchedDepth = 4

    /// The member of a name, whatever case it is written in.
    fileprivate func member(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        let wanted = name.lowercased()
        return members.first { $0.name.lowercased() == wanted && $0.value != .null }?.value
    }

    /// The first text or number that stands under one of some names in lower case: those of this object first, then those
    /// within it. Lists are looked at by their first element.
    fileprivate func found(_ names: [String], depth: Int = Self.searchedDepth) -> JSONValue? {
        if case .array(let values) = self { return depth > 0 ? values.first?.found(names, depth: depth - 1) : nil }
        guard case .object(let members) = self else { return nil }
        for name in names {
            if let value = self.member(name), value.digits != nil { return value }
        }
        guard depth > 0 else { return nil }
        return members.lazy.compactMap { $0.value.found(names, depth: depth - 1) }.first
    }
}
