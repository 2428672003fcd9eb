internal import Glibc
public import IdentityAPI
internal import IdentityDomain
public import Logging
public import Postgres
internal import RPC
internal import RPCMessages
internal import ServiceKit
internal import Wire

/// The service that owns brands, API keys and scopes.
public struct Identity: IdentityService {
    /// The entries of a page where the request names no number.
    static let defaultPageSize = 50

    let brands: BrandStore
    let keys: KeyStore
    let lastUse: LastUseWriter
    let logger: Logger
    let now: @Sendable () -> PostgresTimestamp

    /// The service on a database.
    ///
    /// - Parameters:
    ///   - lastUse: What writes down when keys were used; it must run beside the service.
    ///   - now: The clock, another one in tests.
    public init(
        _ pool: PostgresPool, lastUse: LastUseWriter, logger: Logger,
        now: @escaping @Sendable () -> PostgresTimestamp = { .ofSystemClock }
    ) {
        self.brands = BrandStore(pool: pool)
        self.keys = KeyStore(pool: pool)
        self.lastUse = lastUse
        self.logger = logger
        self.now = now
    }

    /// Refuses whoever may not act for all brands. A brand's own caller never may, whatever its scopes are.
    func requireOperator(_ context: ServerContext) throws(RPCError) {
        guard context.caller.mayActForOthers else {
            throw RPCError(
                .permissionDenied, "\(context.method.name) is for operators and the system's own services",
                type: "operator-only", reason: .scopeMissing)
        }
    }

    /// The brand that the caller belongs to.
    func brand(of context: ServerContext) throws(RPCError) -> PostgresUUID {
        guard let brand = PostgresUUID(context.caller.brand) else { throw .callerWithoutBrand }
        return brand
    }

    /// Runs a handler's work; what the database failed with becomes what callers may know of it.
    func answering<Answer>(_ context: ServerContext, _ work: () async throws -> Answer) async throws -> Answer {
        do {
            return try await work()
        } catch let error as PostgresError {
            self.logger.error("\(context.method.name) failed", error: error)
            throw RPCError(storage: error)
        }
    }

    /// The size of a page that a request asks for.
    static func pageSize(_ wanted: UInt32) -> Int { wanted == 0 ? self.defaultPageSize : Int(wanted) }

    static let invalidPageToken = RPCError(
        field: "pageToken", "is none that was given out", expected: "nextPageToken of the page before")
}

extension PostgresTimestamp {
    /// The time of the system's clock.
    public static var ofSystemClock: PostgresTimestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return PostgresTimestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}
