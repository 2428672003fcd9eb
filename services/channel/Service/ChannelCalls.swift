internal import ChannelDomain
internal import Logging
internal import Postgres
internal import RPC
internal import RPCMessages
internal import ServiceKit
internal import Wire

/// What all services of channels do with their calls.
protocol ChannelCalls: Sendable {
    var logger: Logger { get }
}

extension ChannelCalls {
    /// The brand that a caller belongs to: the only place it comes from.
    func brand(of caller: CallerIdentity) throws(RPCError) -> PostgresUUID {
        guard let brand = PostgresUUID(caller.brand) else { throw .callerWithoutBrand }
        return brand
    }

    /// Runs a handler's work; what failed becomes what callers may know of it.
    ///
    /// - Parameter container: Where in the request the fields are that a refusal names.
    func answering<Answer>(
        _ context: ServerContext, in container: String = "", _ work: () async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await work()
        } catch let refusal as ChannelRefusal {
            throw RPCError(refusal, in: container)
        } catch let fault as CredentialFault {
            self.logger.error("\(context.method.name) failed: \(fault)")
            throw RPCError(
                .internal, "the credentials of a connection cannot be opened", type: "internal", reason: .internal)
        } catch let error as PostgresError {
            self.logger.error("\(context.method.name) failed", error: error)
            throw RPCError(storage: error)
        }
    }
}
