internal import InventoryDomain
public import InventoryMessages
internal import Postgres
internal import ProtobufC
public import RPC
internal import ServiceKit

// Commands of one call each: all that came in one read go to the engine together.

extension Inventory {
    /// Sets the stock of a SKU at a location.
    public func setStock(_ batch: borrowing Batch<SetStockRequest, CommandResponse>) { self.carryOut(batch) }

    /// Changes the stock of a SKU at a location by a difference.
    public func adjustStock(_ batch: borrowing Batch<AdjustStockRequest, CommandResponse>) { self.carryOut(batch) }

    /// Announces units from a supplier, or withdraws them.
    public func expectStock(_ batch: borrowing Batch<ExpectStockRequest, CommandResponse>) { self.carryOut(batch) }

    /// Takes units in from a supplier.
    public func receiveStock(_ batch: borrowing Batch<ReceiveStockRequest, CommandResponse>) { self.carryOut(batch) }

    /// Sends units on their way to another location.
    public func transferStock(_ batch: borrowing Batch<TransferStockRequest, CommandResponse>) { self.carryOut(batch) }

    /// Takes in units that were on their way.
    public func receiveTransfer(_ batch: borrowing Batch<ReceiveTransferRequest, CommandResponse>) {
        self.carryOut(batch)
    }

    /// Says what a count found.
    public func countStock(_ batch: borrowing Batch<CountStockRequest, CommandResponse>) { self.carryOut(batch) }

    /// Sets units aside.
    public func quarantineStock(_ batch: borrowing Batch<QuarantineStockRequest, CommandResponse>) {
        self.carryOut(batch)
    }

    /// Ends the quarantine of units.
    public func releaseQuarantine(_ batch: borrowing Batch<ReleaseQuarantineRequest, CommandResponse>) {
        self.carryOut(batch)
    }

    /// Holds units for an order.
    public func reserve(_ batch: borrowing Batch<ReserveRequest, CommandResponse>) { self.carryOut(batch) }

    /// Holds a reservation for longer.
    public func extendReservation(_ batch: borrowing Batch<ExtendReservationRequest, CommandResponse>) {
        self.carryOut(batch)
    }

    /// Takes the expiry from a reservation.
    public func confirmReservation(_ batch: borrowing Batch<ConfirmReservationRequest, CommandResponse>) {
        self.carryOut(batch)
    }

    /// Ships what a reservation holds.
    public func commitReservation(_ batch: borrowing Batch<CommitReservationRequest, CommandResponse>) {
        self.carryOut(batch)
    }

    /// Gives back what a reservation holds.
    public func releaseReservation(_ batch: borrowing Batch<ReleaseReservationRequest, CommandResponse>) {
        self.carryOut(batch)
    }

    private func carryOut<Request: CommandRequest>(_ batch: borrowing Batch<Request, CommandResponse>) {
        var commands: [(index: Int, brand: PostgresUUID, command: Command)] = []
        commands.reserveCapacity(batch.count)
        var (caller, knownBrand) = (CallerIdentity.anonymous, PostgresUUID?.none)
        for index in 0..<batch.count {
            if !batch.isOfSameCaller(index) {
                caller = batch.caller(index)
                knownBrand = PostgresUUID(caller.brand)
            }
            do throws(RPCError) {
                guard let brand = knownBrand else { throw .callerWithoutBrand }
                let metadata = batch.metadata(index)
                let fallbackID = metadata.isEmpty ? nil : metadata[Metadata.idempotencyKey]
                let command = try batch[index].copy().command(fallbackID: fallbackID, caller: caller)
                commands.append((index, brand, command))
            } catch {
                batch.fail(index, error)
            }
        }
        guard !commands.isEmpty else { return }
        let traces = commands.map { batch.trace($0.index)?.traceparent }
        let answers = BatchAnswers(batch.deferRest(), ownField: { Request.ownField($0) })
        self.engine.submit(
            zip(commands, traces).map { command, trace in
                PendingCommand(
                    brand: command.brand, command: command.command, traceParent: trace, receiver: answers,
                    place: command.index)
            })
    }
}
