/// Which headers of a request are handed over to the service behind a raw binding.
public struct HeaderSelection: Sendable, Hashable {
    /// What belongs to one connection and means nothing behind it (RFC 9110, 7.6.1), or to how the body came.
    static let connectionNames: Set<String> = [
        "connection", "content-length", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    private let names: Set<String>
    private let takesAll: Bool
    private let hidesAuthorization: Bool

    /// - Parameters:
    ///   - names: In lower case; `*` stands for all.
    ///   - hidesAuthorization: Whether `Authorization` holds an API key, which nobody else gets to see.
    public init(_ names: [String], hidesAuthorization: Bool) {
        self.names = Set(names)
        self.takesAll = names.contains("*")
        self.hidesAuthorization = hidesAuthorization
    }

    /// The headers that are handed over, in their order, with their names in lower case.
    public func select(_ headers: some Sequence<(name: String, value: String)>) -> [HeaderField] {
        let named = headers.map { (name: $0.name.lowercased(), value: $0.value) }
        // What Connection names belongs to the connection too.
        let further = Set(
            named.filter { $0.name == "connection" }.flatMap { $0.value.listMembers.map { $0.lowercased() } })
        return named.filter { self.takes($0.name) && !further.contains($0.name) }.map { HeaderField($0.name, $0.value) }
    }

    private func takes(_ name: String) -> Bool {
        guard !Self.connectionNames.contains(name), !(self.hidesAuthorization && name == "authorization") else {
            return false
        }
        return self.takesAll || self.names.contains(name)
    }
}
