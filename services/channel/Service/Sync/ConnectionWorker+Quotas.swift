internal import Leasing
internal import Logging
internal import Postgres

extension ConnectionWorker {
    /// What is left is written down for whoever works for the connection next, unless that one is at it already.
    func leaveQuotas() async {
        do {
            try await self.writeQuotasNow()
        } catch is LeaseError {
            return
        } catch {
            self.parts.logger.warning(
                "what is left of a platform's limits was not written down", error: error, metadata: self.metadata())
        }
    }

    /// - Throws: `LeaseError` where somebody else has the lease, and has written down what is left since.
    func writeQuotasNow() async throws {
        let writing = SyncHealthRows.writing(await self.quota.state, of: self.key)
        try await self.parts.pool.withTransaction { transaction in
            try await self.lease.check(in: transaction)
            _ = try await transaction.commit(with: [writing])
        }
    }
}
