internal import Glibc
internal import UnixSignals

/// The signals that end a service: the first in peace, the second at once.
enum ShutdownSignals {
    /// Makes the process ready for signals, before it has other threads.
    static func prepare() {
        // A peer or a reader of the log that is gone must show as an error of the write, not end the process.
        signal(SIGPIPE, SIG_IGN)
        // Whoever started the process may have blocked signals, and a mask is inherited.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// Calls `first` on the first signal; a second one ends the process with 128 and the signal's number.
    static func handle(_ first: @escaping @Sendable () async -> Void) async {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        Task.detached {
            var isDraining = false
            for await signal in signals {
                if isDraining { _exit(128 + signal.rawValue) }
                isDraining = true
                Task.detached { await first() }
            }
        }
    }
}
