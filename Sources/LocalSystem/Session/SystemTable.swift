/// What runs where, as a table for people.
public struct SystemTable: Sendable {
    /// The lines, the head first.
    public let lines: [String]
    /// Whether all parts do their work.
    public let isReady: Bool

    /// - Parameters:
    ///   - record: What the supervisor has written down.
    ///   - readiness: What services answered when they were asked now, by their names.
    public init(_ record: SystemRecord, readiness: [String: Bool] = [:]) {
        var table = TextTable(["NAME", "STATE", "ADDRESS", "PROBES", "PID", "STARTS"])
        var isReady = record.isRunning
        for part in record.parts {
            let state = Self.state(of: part, isReady: readiness[part.name])
            isReady = isReady && state == Supervisor.State.ready.rawValue
            table.add([
                part.name, state, part.address, part.adminPort.map { "http://127.0.0.1:\($0)/readyz" } ?? "-",
                part.process.map { "\($0.processID)" } ?? "-", "\(part.starts)",
            ])
        }
        self.lines = table.lines
        self.isReady = isReady
    }

    /// Asks all services of a record how they are, side by side.
    public static func asking(_ record: SystemRecord) async -> SystemTable {
        let readiness = await withTaskGroup(of: (String, Bool).self) { group in
            for part in record.parts {
                guard let port = part.adminPort else { continue }
                group.addTask { (part.name, await HealthProbe.isReady(adminPort: port)) }
            }
            return await group.reduce(into: [String: Bool]()) { $0[$1.0] = $1.1 }
        }
        return SystemTable(record, readiness: readiness)
    }

    private static func state(of part: SystemRecord.Part, isReady: Bool?) -> String {
        if let process = part.process, !process.isRunning { return "gone" }
        return part.state == .ready && isReady == false ? "not ready" : part.state.rawValue
    }
}
