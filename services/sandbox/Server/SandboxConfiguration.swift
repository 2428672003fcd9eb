/// What a sandbox needs to know.
public struct SandboxConfiguration: Sendable {
    /// The address to listen on; only this host can reach the default.
    public var host = "127.0.0.1"
    /// The port to listen on; 0 takes a free one.
    public var port = 0
    /// What callers of the control interface show.
    public var controlToken: String
    /// Where journals and files are kept; without it everything is forgotten at the end.
    public var folder: String?
    /// Where the sandbox is reached, for addresses in answers; `nil` for what the request says.
    public var publicURL: String?
    /// The folder that feed files are dropped into; `nil` for none.
    public var dropFolder: String?
    /// How long a notification waits for its second attempt, in milliseconds; each further one waits twice as long.
    public var notificationBackoffMilliseconds = 1_000

    /// The defaults.
    public init(controlToken: String) { self.controlToken = controlToken }
}
