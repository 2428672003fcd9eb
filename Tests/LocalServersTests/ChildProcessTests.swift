import Foundation
import LocalServers
import Testing

@Suite struct ChildProcessTests {
    @Test("A child's exit status, or the signal that ended it, is told to all who wait")
    func exit() async throws {
        let failing = try ChildProcess(.init("sh", ["-c", "exit 7"]))
        async let first = failing.exit()
        async let second = failing.exit()
        #expect(await first == .status(7))
        #expect(await second == .status(7))
        #expect(failing.exitStatus == .status(7))
        let killed = try ChildProcess(.init("sleep", ["600"]))
        killed.signal(SIGKILL)
        #expect(await killed.exit() == .signal(SIGKILL))
        killed.signal(SIGKILL)
    }

    @Test("Waiting ends with the limit or the task, and leaves the child alone")
    func waiting() async throws {
        let child = try ChildProcess(.init("sleep", ["600"]))
        #expect(await child.exit(within: .milliseconds(10)) == nil)
        let waiting = Task { await child.exit() }
        waiting.cancel()
        #expect(await waiting.value == nil)
        #expect(child.exitStatus == nil)
        #expect(await child.end(within: .seconds(30)) == .signal(SIGTERM))
    }

    @Test("A child that does not heed the signal is killed, with its group")
    func end() async throws {
        let lines = Lines()
        let script = "trap '' TERM; sleep 600 & echo $!; wait"
        let child = try ChildProcess(.init("sh", ["-c", script], output: .lines { lines.append($0) }))
        try await eventually { !lines.all.isEmpty }
        let grandchild = try #require(Int32(lines.all[0]))
        #expect(await child.end(within: .milliseconds(50)) == .signal(SIGKILL))
        try await eventually { !isAlive(grandchild) }
    }

    @Test("Output comes line by line, also without a last line's end, and long lines in pieces")
    func lines() async throws {
        let lines = Lines()
        let script = "echo one; echo two >&2; head -c 70000 /dev/zero | tr '\\0' x; echo; printf last"
        let child = try ChildProcess(.init("sh", ["-c", script], output: .lines { lines.append($0) }))
        _ = await child.exit()
        await child.lastLine(within: .seconds(60))
        let all = lines.all
        #expect(all.count == 5)
        #expect(all.prefix(2) == ["one", "two"])
        #expect(all.dropFirst(2).prefix(2).map(\.count) == [65_536, 70_000 - 65_536])
        #expect(all.last == "last")
    }

    @Test("A child has three descriptors, no ignored signal, its own group, environment and folder, and no input")
    func inheritance() async throws {
        signal(SIGUSR2, SIG_IGN)
        defer { signal(SIGUSR2, SIG_DFL) }
        let foreign = open("/dev/null", O_RDONLY)
        defer { close(foreign) }
        let lines = Lines()
        let script = """
            ls /proc/self/fd | wc -l
            grep SigIgn /proc/self/status
            cat | wc -c
            pwd
            env | sort | grep -v -e PWD -e SHLVL -e _=
            """
        var command = ChildProcess.Command("sh", ["-c", script], output: .lines { lines.append($0) })
        command.environment = ["PATH": "/usr/bin:/bin", "NAME": "a b=c"]
        command.folder = "/usr"
        let child = try ChildProcess(command)
        #expect(getpgid(child.processID) == child.processID || child.exitStatus != nil)
        #expect(await child.exit() == .status(0))
        await child.lastLine(within: .seconds(60))
        // `ls` opens the folder that it lists.
        #expect(lines.all.first == "4")
        let ignored = try #require(lines.all.dropFirst().first?.split(separator: "\t").last)
        #expect(try #require(UInt64(ignored, radix: 16)) & 1 << UInt64(SIGUSR2 - 1) == 0)
        #expect(lines.all.dropFirst(2) == ["0", "/usr", "NAME=a b=c", "PATH=/usr/bin:/bin"])
    }

    @Test("A program that does not exist is named")
    func missing() async throws {
        let named = await failure { _ = try ChildProcess(.init("no-such-program")) }
        #expect(named?.code == .missingProgram)
        #expect(named?.message.contains("no-such-program") == true)
        let path = await failure { _ = try ChildProcess(.init("/no/such/program")) }
        #expect(path?.code == .missingProgram)
    }

    @Test("A file takes the output of one child after another")
    func file() async throws {
        try await withFolder { folder in
            for word in ["one", "two"] {
                let child = try ChildProcess(.init("echo", [word], output: .file("\(folder)/log")))
                #expect(await child.exit() == .status(0))
            }
            #expect(try String(contentsOfFile: "\(folder)/log", encoding: .utf8) == "one\ntwo\n")
        }
    }
}
