internal import Logging
internal import NIOCore
internal import Wire

/// What all connections of a server share.
final class ServerCore: Sendable {
    let methods: MethodTable
    let configuration: RPCServerConfiguration
    let authenticator: any Authenticator
    let observer: (any RPCObserver)?
    let logger: Logger

    init(
        methods: MethodTable,
        configuration: RPCServerConfiguration,
        authenticator: any Authenticator,
        observer: (any RPCObserver)?,
        logger: Logger
    ) {
        self.methods = methods
        self.configuration = configuration
        self.authenticator = authenticator
        self.observer = observer
        self.logger = logger
    }
}
