internal import InventoryDomain
internal import Postgres
internal import RPC

/// A command that waits for its transaction.
///
/// A class, as it goes through many arrays on its way: each of its copies would count references to all of its parts.
final class PendingCommand: Sendable {
    /// Whose it is.
    let brand: PostgresUUID
    /// What it asks for.
    let command: Command
    /// The trace context of the call that brought it.
    let traceParent: String?
    /// Where its answer goes.
    let receiver: any AnswerReceiver
    /// Its place among the receiver's commands, from 0 on.
    let place: Int
    /// What it may change, as far as it says so itself.
    let claims: ClaimKeys

    init(
        brand: PostgresUUID, command: Command, traceParent: String?, receiver: any AnswerReceiver, place: Int
    ) {
        self.brand = brand
        self.command = command
        self.traceParent = traceParent
        self.receiver = receiver
        self.place = place
        self.claims = ClaimKeys(of: command, brand)
    }
}

/// What a command gets.
enum CommandAnswer: Sendable {
    /// It was carried out, now or before: an encoded `CommandResponse`.
    case accepted([UInt8])
    /// It was not, and has changed nothing.
    case refused(Refusal)
    /// It could not be decided, or it is not known whether it was carried out: the same command may be sent again.
    case failed(RPCError)
}

/// Who waits for the answers to commands.
protocol AnswerReceiver: AnyObject, Sendable {
    /// Takes answers to some of its commands, each command's once. Called on the reactor's thread; it must not wait.
    func received(_ answers: [(place: Int, answer: CommandAnswer)])
}

extension [PendingCommand] {
    /// Hands out answers, all of a receiver at once.
    ///
    /// - Parameter answers: As many as commands, in their order.
    func receive(_ answers: [CommandAnswer]) {
        assert(answers.count == self.count, "\(answers.count) answers to \(self.count) commands")
        // Commands of one receiver came together and mostly stand together.
        var run: [(place: Int, answer: CommandAnswer)] = []
        for (index, pending) in self.enumerated() {
            run.append((place: pending.place, answer: answers[index]))
            let isLast = index == self.count - 1 || pending.receiver !== self[index + 1].receiver
            if isLast {
                pending.receiver.received(run)
                run.removeAll(keepingCapacity: true)
            }
        }
    }
}
