public import Logging

/// Writes log lines as JSON with the names of the Elastic Common Schema, or for a person on a terminal.
///
/// Metadata under `trace.id`, `span.id`, `organization.id` (the brand) and `error.*` stands under these names; all
/// other metadata is custom, and stands under `labels.`. A line's parts are bounded by ``maximumMessageBytes``,
/// ``maximumValueBytes`` and ``maximumFields``.
public struct ServiceLogHandler: LogHandler {
    /// How lines look.
    public enum Format: String, Sendable, CaseIterable {
        /// One JSON object for each line.
        case json
        /// Time, level, message and metadata for a person.
        case text
    }

    /// The bytes of a message beyond which it is cut.
    public static let maximumMessageBytes = 8_192
    /// The bytes of one metadata key or value beyond which it is cut.
    public static let maximumValueBytes = 2_048
    /// The metadata fields of a line; further ones, in the order of their names, are left out.
    public static let maximumFields = 32
    /// The version of the Elastic Common Schema that the names are from.
    static let schemaVersion = "8.11.0"

    /// The level below which nothing is written.
    public var logLevel: Logger.Level
    /// What stands on every line of this logger.
    public var metadata: Logger.Metadata = [:]
    /// What stands on every line because of where it is written, such as the trace of the call.
    public var metadataProvider: Logger.MetadataProvider?

    let label: String
    private let origin: LogOrigin
    private let format: Format
    private let output: LogOutput

    /// A handler for one logger.
    ///
    /// - Parameters:
    ///   - label: The logger's name, `log.logger`.
    ///   - origin: The service that writes, which is on every line.
    public init(
        label: String,
        origin: LogOrigin,
        level: Logger.Level = .info,
        format: Format = .json,
        output: LogOutput = .standardError,
        metadataProvider: Logger.MetadataProvider? = nil
    ) {
        self.label = label
        self.origin = origin
        self.logLevel = level
        self.format = format
        self.output = output
        self.metadataProvider = metadataProvider
    }

    /// One value of ``metadata``.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    /// Writes an event's line, or drops it where nobody takes it.
    public func log(event: LogEvent) {
        let fields = self.fields(of: event)
        let now = Timestamp.now
        switch self.format {
        case .json: self.output.write(self.jsonLine(event, fields, now))
        case .text: self.output.write(self.textLine(event, fields, now, isColourful: self.output.isColourful))
        }
    }

    /// The metadata of a line; what is said at the call wins over the logger's, and that over the provider's.
    private func fields(of event: LogEvent) -> [(key: String, value: String)] {
        var merged = self.metadataProvider?.get() ?? [:]
        if !self.metadata.isEmpty { merged.merge(self.metadata) { $1 } }
        if let own = event.metadata {
            if merged.isEmpty { merged = own } else { merged.merge(own) { $1 } }
        }
        if let error = event.error {
            merged["error.type"] = .string(String(reflecting: type(of: error)))
            merged["error.message"] = .string(String(describing: error))
        }
        guard !merged.isEmpty else { return [] }
        return merged.sorted { $0.key < $1.key }.prefix(Self.maximumFields).map { ($0.key, Self.text(of: $0.value)) }
    }

    private static func text(of value: Logger.MetadataValue) -> String {
        if case .string(let text) = value { text } else { "\(value)" }
    }

    func jsonLine(_ event: LogEvent, _ fields: [(key: String, value: String)], _ now: Timestamp) -> [UInt8] {
        var line = JSONText(capacity: 512)
        line.append("{\"@timestamp\":\"")
        line.append(now.text)
        line.append("\",\"log.level\":")
        line.append(quoted: event.level.rawValue)
        line.append(",\"message\":")
        line.append(quoted: event.message.description, maximumBytes: Self.maximumMessageBytes)
        line.append(self.origin.members)
        line.append(member: "log.logger", self.label, maximumBytes: Self.maximumValueBytes)
        for (key, value) in fields {
            line.append(member: Self.name(of: key), value, maximumBytes: Self.maximumValueBytes)
        }
        line.append("}\n")
        return line.bytes
    }

    private static func name(of key: String) -> String {
        switch key {
        case "trace.id", "span.id", "organization.id", "error.type", "error.message", "error.code",
            "error.stack_trace":
            key
        default: "labels." + key
        }
    }
}

/// The service that log lines come from.
public struct LogOrigin: Sendable {
    /// The name, `service.name`.
    public let name: String
    /// The build, `service.version`.
    public let version: String
    /// The members that are the same on every line, as JSON.
    let members: [UInt8]

    /// An origin.
    public init(name: String, version: String) {
        self.name = name
        self.version = version
        var text = JSONText(capacity: 128)
        text.append(member: "ecs.version", ServiceLogHandler.schemaVersion, maximumBytes: .max)
        text.append(member: "service.name", name, maximumBytes: ServiceLogHandler.maximumValueBytes)
        text.append(member: "service.version", version, maximumBytes: ServiceLogHandler.maximumValueBytes)
        self.members = text.bytes
    }
}
