internal import Foundation
internal import Synchronization

/// Ends the child processes and removes the temporary folders of this process when it has died, in whatever way.
///
/// A shell that reads from a socket whose other end only this process holds: the kernel closes that end also when the
/// process is killed. Linux' signal on a parent's death would not do: it follows the thread that started the child.
final class Keeper: Sendable {
    /// One for the whole process; it costs a shell, which sleeps.
    static let shared: Result<Keeper, LocalServerError> = Result { () throws(LocalServerError) in try Keeper() }

    private let channel: Int32
    private let writing = Mutex(())

    private init() throws(LocalServerError) {
        let ends = try SocketPair()
        defer { close(ends.theirs) }
        self.channel = ends.ours
        _ = try Spawn.start(
            ["/bin/sh", "-c", Self.script, "driveline-keeper"], input: ends.theirs, output: nil, ownSession: true)
    }

    /// From now on the process is ended when this one has died.
    ///
    /// - Parameter signal: What asks it to end; ten seconds later it and its group are killed.
    func keep(process: pid_t, signal: Int32) throws(LocalServerError) {
        guard self.tell("process \(process) \(signal)") else { throw Self.lost }
    }

    /// The process has ended, and its number may soon be another's.
    func forget(process: pid_t) { _ = self.tell("ended \(process)") }

    /// From now on the folder is removed when this process has died.
    ///
    /// - Parameter folder: A path without spaces.
    func keep(folder: String) throws(LocalServerError) {
        guard self.tell("folder \(folder)") else { throw Self.lost }
    }

    /// The folder is removed already.
    func forget(folder: String) { _ = self.tell("removed \(folder)") }

    private static var lost: LocalServerError {
        LocalServerError(
            .cannotSpawn, "the shell that ends child processes has gone", advice: "start this process again")
    }

    private func tell(_ line: String) -> Bool {
        let bytes = Array("\(line)\n".utf8)
        return self.writing.withLock { _ in send(self.channel, bytes, bytes.count, Int32(MSG_NOSIGNAL)) } == bytes.count
    }

    private static let script = """
        trap '' HUP INT QUIT TERM
        cd /
        processes= folders=
        while read -r word first second; do
            case $word in
            process) processes="$processes $first:$second" ;;
            folder) folders="$folders $first" ;;
            ended)
                rest=
                for entry in $processes; do [ "${entry%%:*}" = "$first" ] || rest="$rest $entry"; done
                processes=$rest ;;
            removed)
                rest=
                for entry in $folders; do [ "$entry" = "$first" ] || rest="$rest $entry"; done
                folders=$rest ;;
            esac
        done
        alive() {
            state=$(sed 's/.*) \\(.\\) .*/\\1/' "/proc/$1/stat" 2>/dev/null)
            [ -n "$state" ] && [ "$state" != Z ]
        }
        anyAlive() {
            for entry in $processes; do alive "${entry%%:*}" && return 0; done
            return 1
        }
        for entry in $processes; do
            process=${entry%%:*}
            kill -s "${entry##*:}" "$process"
            # A paused process takes no signal, and a paused child of it answers none.
            kill -s CONT "$process" $(cat "/proc/$process/task/$process/children")
        done 2>/dev/null
        tries=0
        while [ $tries -lt 100 ] && anyAlive; do
            sleep 0.1
            tries=$((tries + 1))
        done
        for entry in $processes; do
            if alive "${entry%%:*}"; then kill -s KILL "${entry%%:*}" -- "-${entry%%:*}"; fi
        done 2>/dev/null
        # Children of a killed server may write for a moment longer.
        for folder in $folders; do
            tries=0
            until rm -rf "$folder" 2>/dev/null || [ $tries -ge 50 ]; do
                sleep 0.1
                tries=$((tries + 1))
            done
        done
        """
}
