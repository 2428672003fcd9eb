/// What notifications are about.
struct WebhookTopic: Hashable {
    /// Those that the sandbox sends, as headers name them.
    static let all = [
        "app/uninstalled", "inventory_levels/update", "orders/create", "orders/updated", "orders/cancelled",
        "products/update",
    ]

    /// As headers name it, such as `orders/create`.
    let path: String

    init(_ path: String) { self.path = path }

    /// The topic that the schema names so; `nil` for others.
    init?(enumeration: String) {
        guard let path = Self.all.first(where: { WebhookTopic($0).enumeration == enumeration }) else { return nil }
        self.path = path
    }

    /// As the schema names it, such as `ORDERS_CREATE`.
    var enumeration: String { self.path.replacing("/", with: "_").uppercased() }
}
