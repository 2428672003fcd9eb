internal import OrderDomain
internal import OrderMessages
internal import Refusals

/// What the store refuses, whatever is done.
extension Refusal where Reason == RefusalReason {
    /// - Parameter id: As the caller said it.
    static func orderNotFound(_ id: String) -> OrderRefusal {
        OrderRefusal(
            .orderNotFound, field: "id", "\"\(id)\" is no order of the brand",
            expected: "the id of an order, or a channel's order id")
    }

    static func commandIDReused(_ id: String) -> OrderRefusal {
        OrderRefusal(
            .commandIDReused, field: "commandId", "\"\(id)\" was used before with another content",
            expected: "the same content, or an id that was not used before")
    }

    /// A decision that asks something of another service must say what happened.
    static let effectWithoutEntry = OrderRefusal(.unspecified, "an effect was asked for without an entry of the log")
    /// An order that is put on record must say how it came.
    static let orderWithoutEntry = OrderRefusal(.unspecified, "an order was to be put on record without an entry")
}
