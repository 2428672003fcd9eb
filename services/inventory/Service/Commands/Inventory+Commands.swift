public import InventoryMessages
internal import ProtobufC
public import RPC

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
        let answers = BatchAnswers()
        var commands: [PendingCommand] = []
        commands.reserveCapacity(batch.count)
        for index in 0..<batch.count {
            do throws(RPCError) {
                let caller = batch.caller(index)
                let metadata = batch.metadata(index)
                let fallbackID = metadata.isEmpty ? nil : metadata[Metadata.idempotencyKey]
                let brand = try self.brand(of: caller)
                let command = try batch[index].copy().command(fallbackID: fallbackID, caller: caller)
                commands.append(
                    PendingCommand(
                        brand: brand, command: command, traceParent: batch.trace(index)?.traceparent,
                        receiver: answers, place: answers.add(batch.defer(index))))
            } catch {
                batch.fail(index, error)
            }
        }
        self.engine.submit(commands)
    }
}
