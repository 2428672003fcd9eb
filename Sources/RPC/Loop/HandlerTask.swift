/// Where a handler's task finds the call that it runs: bound to the task once, instead of the call's scope to each call.
///
/// `@unchecked`: it changes on the event loop only, and only while none but its own task can read it. See
/// ``HandlerTasks/HandlerTask/end(_:)``.
final class CallScopeCell: @unchecked Sendable {
    fileprivate(set) var call: ServerCall?

    /// The scope of the call.
    var scope: CallScope? { self.call?.scope }
}

extension HandlerTasks {
    /// One task. Bound to the event loop.
    ///
    /// Binding a task-local for each call takes a sixth of an asynchronous call's time, since the standard library's
    /// way suspends four times. So the task binds a cell, and puts each call into it. A task that the handler starts
    /// and does not wait for copies that binding and may outlive the call; it must not find the next call there. It
    /// shows as one more reference to the cell, and then the cell is left to it, as it is.
    ///
    /// `@unchecked`: everything is touched on the event loop only.
    final class HandlerTask: @unchecked Sendable {
        var task: Task<Void, Never>?
        private(set) var call: ServerCall?
        private var isCancelled = false
        var idle: UnsafeContinuation<Void, Never>?
        /// The task's binding keeps it alive, as long as the task runs calls.
        private var cell: Unmanaged<CallScopeCell>?
        /// How many references to the cell there are while only the task has it.
        private var ownReferences: UInt = 0

        /// The cell for the task to bind.
        func makeCell() -> CallScopeCell {
            let cell = CallScopeCell()
            self.cell = .passUnretained(cell)
            return cell
        }

        /// A call's handler is about to run.
        func begin(_ call: ServerCall) {
            if self.ownReferences == 0 { self.ownReferences = self.references() }
            self.call = call
            call.task = self
            self.cell?._withUnsafeGuaranteedRef { $0.call = call }
        }

        /// The handler has returned.
        ///
        /// - Returns: Whether the task may take another call: it was not cancelled, and has left no task behind that
        ///   might still ask for this one's scope. Tasks that the handler waits for hold no reference of their own, and
        ///   are over by now.
        func end(_ call: ServerCall) -> Bool {
            call.task = nil
            self.call = nil
            guard !self.isCancelled, self.references() == self.ownReferences else { return false }
            self.cell?._withUnsafeGuaranteedRef { $0.call = nil }
            return true
        }

        /// Cancels the call that the task runs.
        func cancel() {
            self.isCancelled = true
            self.task?.cancel()
        }

        /// Not inlined, so that it always counts with the same references of its callers'.
        @inline(never)
        private func references() -> UInt { self.cell?._withUnsafeGuaranteedRef { _getRetainCount($0) } ?? 0 }
    }
}
