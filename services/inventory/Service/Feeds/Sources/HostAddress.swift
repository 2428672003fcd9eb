internal import InternetAddresses

/// Looks up where a host is, and whether feeds may be fetched from there.
enum HostAddress {
    /// One address of a host, as text. Blocks.
    ///
    /// All of its addresses must be allowed: which one is connected to is not for the host's owner to choose.
    ///
    /// - Throws: ``FeedFault`` where there is none, or one that is not of the open internet and must be.
    static func find(_ host: String, port: Int, allowsPrivate: Bool) throws(FeedFault) -> String {
        let found = HostLookup.addresses(of: host, port: port)
        guard let address = found.preferred else {
            throw FeedFault("host-unknown", "the name \(host) cannot be resolved", isRetryable: true)
        }
        guard allowsPrivate || found.allSatisfy(\.isPublic) else {
            throw FeedFault(
                "address-private",
                "\(host) is no host of the open internet; feeds are fetched from others only with feed-private-networks"
            )
        }
        return address.text
    }
}
