/// Something that a seller may want to be told.
public enum ShopEvent: Sendable, Hashable {
    /// An order came in.
    case orderCreated(Int64)
    /// An order changed.
    case orderUpdated(Int64)
    /// An order was cancelled.
    case orderCancelled(Int64)
    /// What can be sold of an item at a location changed.
    case levelChanged(Level.Key)
    /// A product or one of its variants changed.
    case productUpdated(Int64)
    /// The app's access ended.
    case appUninstalled
}

/// Makes notifications of events.
public protocol ShopNotifier: Sendable {
    /// Adds deliveries to the state. Called under the shop's lock, before the change is written down.
    func notify(_ events: [ShopEvent], in state: ShopState)
}
