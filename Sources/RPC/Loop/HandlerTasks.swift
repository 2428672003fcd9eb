internal import DequeModule
internal import NIOCore

/// Runs asynchronous handlers on tasks that are used again. Bound to the event loop.
///
/// Making a task costs more than most handlers do: four allocations and several locks. So a task takes one call after
/// the other, and only a handler that suspends keeps its task to itself until it returns; the calls behind it go to
/// another. A read that brings a hundred calls whose handlers do not suspend makes no task at all.
///
/// A task that was cancelled for its call's sake ends with it, since a cancellation cannot be taken back; so does one
/// whose handler has left a task behind.
///
/// `@unchecked`: everything is touched on the event loop only; the tasks prefer its executor.
final class HandlerTasks: @unchecked Sendable {
    /// The idle tasks that are kept.
    private static let maximumIdle = 64

    private let executor: LoopExecutor
    private var waiting: Deque<ServerCall> = []
    private var idle: [HandlerTask] = []
    private var isRunning = false
    private var isStopped = false

    init(_ executor: LoopExecutor) { self.executor = executor }

    /// Has a call's handler run at the next ``run()``.
    func submit(_ call: ServerCall) { self.waiting.append(call) }

    /// Runs the handlers of all calls that wait, each until it suspends or returns.
    func run() {
        guard !self.waiting.isEmpty, !self.isRunning else { return }
        self.isRunning = true
        while !self.waiting.isEmpty {
            let task = self.idle.popLast() ?? HandlerTask()
            if let idle = task.idle {
                task.idle = nil
                idle.resume()
                self.executor.runJobsNow()
            } else {
                task.task = Task.immediate(executorPreference: self.executor) { await self.work(task) }
            }
            // A handler that has suspended goes on beyond this read: its stream must be known from now on.
            if let call = task.call { call.open() }
        }
        self.isRunning = false
    }

    /// Lets the idle tasks end. Handlers that are submitted later still run.
    func stop() {
        self.isStopped = true
        for task in self.idle {
            task.idle?.resume()
            task.idle = nil
        }
        self.idle = []
    }

    private func work(_ task: HandlerTask) async {
        // A task inherits what is bound where it is made.
        await CallScope.$bound.withValue(nil) {
            await CallScope.$cell.withValue(task.makeCell()) { await self.takeCalls(task) }
        }
    }

    private func takeCalls(_ task: HandlerTask) async {
        while true {
            while let call = self.waiting.popFirst() {
                task.begin(call)
                if let operation = call.takeOperation() { await operation() }
                guard task.end(call) else { return }
            }
            guard !self.isStopped, self.idle.count < HandlerTasks.maximumIdle else { return }
            await withUnsafeContinuation { continuation in
                task.idle = continuation
                self.idle.append(task)
            }
        }
    }
}
