/// The ports of a system: all lie above one base, so that two systems meet nowhere if their bases are
/// ``SystemPorts/span`` apart.
public struct SystemPorts: Sendable, Hashable {
    /// The base unless another is chosen.
    public static let defaultBase = 7_400
    /// How many ports from the base on belong to a system.
    public static let span = 100
    /// The bases that can be chosen: none of the ports may need root.
    public static let validBases = 1_024...(65_536 - span)
    /// What services may have as offset of the port that takes calls.
    public static let serviceOffsets = 10...49
    /// What services may have as offset of the port that takes HTTP requests.
    public static let httpOffsets = [0, 3, 4, 5, 6, 7, 8, 9]
    /// How far a service's admin port lies above the port that takes its calls.
    static let adminDistance = 50

    /// The first port.
    public let base: Int

    /// - Parameter base: One of ``validBases``; what lies outside is moved to the nearest.
    public init(base: Int = defaultBase) {
        self.base = min(max(base, Self.validBases.lowerBound), Self.validBases.upperBound)
    }

    /// PostgreSQL's loopback port.
    public var postgres: Int { self.base + 1 }
    /// Redis' loopback port.
    public var redis: Int { self.base + 2 }
    /// Where a service takes calls.
    public func calls(of service: ServicePlan) -> Int { self.base + service.portOffset }
    /// Where a service takes HTTP requests; `nil` where it takes none.
    public func http(of service: ServicePlan) -> Int? { service.httpPortOffset.map { self.base + $0 } }
    /// Where a service answers probes.
    public func admin(of service: ServicePlan) -> Int { self.base + service.portOffset + Self.adminDistance }
}
