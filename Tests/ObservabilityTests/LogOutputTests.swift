import Glibc
import Testing

@testable import Observability

@Suite("Log output never holds up the process", .timeLimit(.minutes(1)))
struct LogOutputTests {
    @Test("A full pipe costs lines, which are counted; once it is read, whole lines come through again")
    func fullPipe() throws {
        let pipe = try TestPipe()
        let output = LogOutput(descriptor: pipe.writeEnd)
        let line = Array(String(repeating: "x", count: 999).utf8) + [UInt8(ascii: "\n")]
        for _ in 0..<500 { output.write(line) }
        #expect(output.droppedLines > 0)
        let dropped = output.droppedLines
        let early = pipe.read()
        #expect(early.count / 1_000 == 500 - Int(dropped))
        output.write(line)
        #expect(output.droppedLines == dropped)
        #expect(pipe.read() == line)
    }

    @Test("A line that was torn by a full pipe ends before the next one begins")
    func tornLine() throws {
        let pipe = try TestPipe()
        let output = LogOutput(descriptor: pipe.writeEnd)
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 1_000_000) + [UInt8(ascii: "\n")]
        output.write(long)
        #expect(output.droppedLines == 1)
        let torn = pipe.read()
        #expect(!torn.isEmpty && torn.count < long.count)
        output.write(Array("next\n".utf8))
        #expect(pipe.read() == Array("\nnext\n".utf8))
    }

    @Test("A reader that is gone and a closed descriptor cost lines and nothing else")
    func closed() throws {
        // The kit does the same when a service starts.
        signal(SIGPIPE, SIG_IGN)
        let pipe = try TestPipe()
        let output = LogOutput(descriptor: pipe.writeEnd)
        pipe.closeReadEnd()
        output.write(Array("a\n".utf8))
        #expect(output.droppedLines == 1)
        let closed = LogOutput(descriptor: 1_000_000)
        closed.write(Array("b\n".utf8))
        #expect(closed.droppedLines == 1)
        #expect(!closed.isColourful)
    }

    @Test("Lines of many threads stay whole")
    func manyThreads() async throws {
        let pipe = try TestPipe()
        let output = LogOutput(descriptor: pipe.writeEnd)
        await withTaskGroup { group in
            for letter in "abcdefgh".utf8 {
                group.addTask {
                    for _ in 0..<20 {
                        output.write([UInt8](repeating: letter, count: 200) + [UInt8(ascii: "\n")])
                    }
                }
            }
        }
        let lines = pipe.read().split(separator: UInt8(ascii: "\n"))
        #expect(lines.count == 160)
        #expect(lines.allSatisfy { $0.count == 200 && Set($0).count == 1 })
    }
}
