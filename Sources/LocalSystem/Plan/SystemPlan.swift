/// What a system on one machine consists of: PostgreSQL, Redis, and services that stand on them.
///
/// A service more is one line in ``driveline``. Tests make plans of their own.
public struct SystemPlan: Sendable, Hashable {
    /// The services, in the order in which they are shown.
    public var services: [ServicePlan]

    /// The plan of some services.
    public init(_ services: [ServicePlan]) { self.services = services }

    /// The whole of this project.
    public static let driveline = SystemPlan([
        ServicePlan("identity", portOffset: 10, needs: [.postgres]),
        ServicePlan(
            "inventory", portOffset: 11, needs: [.postgres, .redis], calls: ["identity", "catalog"],
            folders: ["feed-folder": "feeds"]),
        ServicePlan("catalog", portOffset: 13, needs: [.postgres], calls: ["identity"]),
        ServicePlan("pricing", portOffset: 14, needs: [.postgres], calls: ["identity"]),
        ServicePlan(
            "order", portOffset: 15, needs: [.postgres], calls: ["identity", "inventory", "catalog", "pricing"]),
        // The stand-in marketplaces of a machine of one's own are at local addresses.
        ServicePlan(
            "channel", arguments: ["--channel-allow-private"], portOffset: 16, needs: [.postgres],
            calls: ["identity", "inventory", "order", "catalog", "pricing"],
            folders: ["feed-folder": "partners"], httpAddresses: ["public-url": "gateway"], settings: ["public-url"],
            secrets: ["channel-credential-keys": .keyRing]),
        ServicePlan(
            "gateway", portOffset: 12, httpPortOffset: 0, needs: [.redis],
            calls: ["identity", "inventory", "catalog", "pricing", "order", "channel"],
            settings: ["read-rate", "read-burst", "write-rate", "write-burst"]),
    ])
}

extension ServicePlan {
    /// The stand-in marketplaces: for those who try the system, and for tests of it.
    public static let sandbox = ServicePlan(
        "sandbox", portOffset: 17, httpPortOffset: 3, folders: ["data-folder": "sandbox", "drop-folder": "drops"],
        secrets: ["control-token": .token])
}

/// One service: an executable with its ports, its database, and those that it calls.
public struct ServicePlan: Sendable, Hashable {
    /// A server that services stand on.
    public enum Server: String, Sendable, Hashable, CaseIterable {
        /// A database of the service's own, `driveline_NAME`; the service learns its address as `postgres-url`.
        case postgres
        /// The shared cache; the service learns its address as `redis-url`.
        case redis
    }

    /// What it is called, also in its log file and in `driveline_NAME`: small letters and digits.
    public var name: String
    /// The executable, beside that of `driveline`, or anywhere if it is an absolute path.
    public var executable: String
    /// The arguments of every start.
    public var arguments: [String]
    /// Where its port for calls lies above the port base, from ``SystemPorts/serviceOffsets``. Given by hand, so that a
    /// new service moves no other's port.
    public var portOffset: Int
    /// Where its port for HTTP lies above the port base, from ``SystemPorts/httpOffsets``; `nil` where it has none. The
    /// service learns it as `http-port`.
    public var httpPortOffset: Int?
    /// The servers that it needs.
    public var needs: Set<Server>
    /// The services that it calls; it starts when these are ready, and learns their addresses as `NAME-address`.
    public var calls: [String]
    /// The folders that it is given, by the setting that names each: their names within the data folder, small letters
    /// and digits. They are made before it starts, for their owner alone.
    public var folders: [String: String]
    /// The HTTP addresses of other services that it is told, by the setting that names each: it calls none of them, and
    /// starts without them. Where the setting is among ``settings`` and given, that counts.
    public var httpAddresses: [String: String]
    /// The settings that it takes from the environment of whoever starts the system, such as "read-rate".
    public var settings: Set<String>
    /// The secrets that it is given by file, by the setting that names each. They are made at random the first time, and
    /// kept in the data folder as `NAME-SETTING`.
    public var secrets: [String: SystemSecret]

    /// A service.
    ///
    /// - Parameter executable: The service's name unless it is given.
    public init(
        _ name: String, executable: String? = nil, arguments: [String] = [], portOffset: Int,
        httpPortOffset: Int? = nil, needs: Set<Server> = [], calls: [String] = [], folders: [String: String] = [:],
        httpAddresses: [String: String] = [:], settings: Set<String> = [], secrets: [String: SystemSecret] = [:]
    ) {
        self.name = name
        self.executable = executable ?? name
        self.arguments = arguments
        self.portOffset = portOffset
        self.httpPortOffset = httpPortOffset
        self.needs = needs
        self.calls = calls
        self.folders = folders
        self.httpAddresses = httpAddresses
        self.settings = settings
        self.secrets = secrets
    }

    /// The name of its database.
    public var database: String { "driveline_\(self.name)" }
}

extension SystemPlan {
    /// The most services of a plan: as many as there are ports for.
    public static let maximumServices = SystemPorts.serviceOffsets.count
    /// The bytes of a service's name at the most: its database's name must fit PostgreSQL's 63.
    static let maximumNameBytes = 40
    /// Names that other parts of the system have.
    static let reservedNames: Set<String> = ["driveline", "postgres", "redis"]
    /// What else lies in the data folder.
    static let reservedFolders: Set<String> = ["lock", "logs", "postgres", "redis", "secrets"]

    /// The servers that some service needs, in the order of their start.
    public var servers: [ServicePlan.Server] {
        ServicePlan.Server.allCases.filter { server in self.services.contains { $0.needs.contains(server) } }
    }

    /// What the supervisor starts, and what each part waits for.
    ///
    /// - Throws: ``SystemError`` with code `plan` where names or ports are wrong or meet, a called service is not
    ///   there, or services call each other in a circle.
    public func parts() throws(SystemError) -> [Supervisor.Part] {
        try self.checkNamesAndPorts()
        let parts =
            self.servers.map { Supervisor.Part(name: $0.rawValue, waitsFor: []) }
            + self.services.map { service in
                let servers = ServicePlan.Server.allCases.filter(service.needs.contains).map(\.rawValue)
                return Supervisor.Part(name: service.name, waitsFor: servers + service.calls)
            }
        try Self.checkOrder(parts)
        return parts
    }

    private func checkNamesAndPorts() throws(SystemError) {
        guard self.services.count <= Self.maximumServices else {
            throw SystemError(.plan, "the plan has more than \(Self.maximumServices) services")
        }
        var names = Self.reservedNames
        var offsets: Set<Int> = []
        for service in self.services {
            guard Self.isName(service.name), service.name.utf8.count <= Self.maximumNameBytes else {
                throw SystemError(
                    .plan, "the service name \"\(service.name)\" is not valid; use small letters and digits")
            }
            guard names.insert(service.name).inserted else {
                throw SystemError(.plan, "the service name \(service.name) is taken; choose another")
            }
            guard SystemPorts.serviceOffsets.contains(service.portOffset), offsets.insert(service.portOffset).inserted
            else {
                throw SystemError(
                    .plan,
                    "the port offset \(service.portOffset) of \(service.name) is taken or out of range; choose a free "
                        + "one from \(SystemPorts.serviceOffsets.lowerBound) to "
                        + "\(SystemPorts.serviceOffsets.upperBound)")
            }
            if let offset = service.httpPortOffset,
                !SystemPorts.httpOffsets.contains(offset) || !offsets.insert(offset).inserted
            {
                throw SystemError(
                    .plan,
                    "the HTTP port offset \(offset) of \(service.name) is taken or out of range; choose a free one of "
                        + SystemPorts.httpOffsets.map(String.init).joined(separator: ", "))
            }
        }
        try self.checkFolders()
        for service in self.services {
            for called in service.calls where !self.services.contains(where: { $0.name == called }) {
                throw SystemError(.plan, "\(service.name) calls \(called), which is not in the plan")
            }
            for named in service.httpAddresses.values.sorted()
            where !self.services.contains(where: { $0.name == named && $0.httpPortOffset != nil }) {
                throw SystemError(
                    .plan, "\(service.name) is told the HTTP address of \(named), which the plan does not have")
            }
        }
    }

    private func checkFolders() throws(SystemError) {
        // A folder of two services would have two owners.
        var taken = Self.reservedFolders
        for service in self.services {
            for (setting, folder) in service.folders.sorted(by: { $0.key < $1.key })
            where !Self.isName(folder) || !taken.insert(folder).inserted {
                throw SystemError(
                    .plan,
                    "the folder \"\(folder)\" of \(service.name)'s \(setting) is taken or not valid; use other small "
                        + "letters and digits")
            }
        }
    }

    private static func isName(_ text: String) -> Bool {
        text.utf8.first.map { (97...122).contains($0) } == true
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) }
    }

    private static func checkOrder(_ parts: [Supervisor.Part]) throws(SystemError) {
        var ordered: Set<String> = []
        var rest = parts
        while !rest.isEmpty {
            let next = rest.filter { $0.waitsFor.allSatisfy(ordered.contains) }
            guard !next.isEmpty else {
                let names = rest.map(\.name).joined(separator: ", ")
                throw SystemError(.plan, "none of \(names) can start first, as they call each other")
            }
            ordered.formUnion(next.map(\.name))
            rest.removeAll { ordered.contains($0.name) }
        }
    }
}
