import Testing
import Wire

@Suite("Status codes and violations")
struct StatusCodeTests {
    @Test("The codes are gRPC's")
    func codes() {
        #expect(StatusCode.all.map(\.rawValue) == Array(0...16))
        #expect(StatusCode.ok.rawValue == 0)
        #expect(StatusCode.resourceExhausted.rawValue == 8)
        #expect(StatusCode.unauthenticated.rawValue == 16)
        #expect(StatusCode.unauthenticated.description == "UNAUTHENTICATED")
    }

    @Test("A code that is not known is UNKNOWN", arguments: [17, 18, 1_000, UInt32.max])
    func unknown(code: UInt32) { #expect(StatusCode(rawValue: code) == .unknown) }

    @Test("A violation says what is wrong in one line")
    func violations() {
        let violations: [Violation] = [
            .frameLength(1), .metaLength(2), .flags(.more, .ping), .helloMissing(.data), .helloRepeated, .magic(3),
            .version, .malformed(.hello), .direction(.response), .streamID(4), .streamIDReused(5), .streamUnknown(6),
            .streamEnded(7), .creditOverrun(8), .creditOverflow(9), .callerNumber(0), .pongUnexpected,
        ]
        for violation in violations { #expect(!violation.description.isEmpty && !violation.description.contains("\n")) }
        #expect(Set(violations.map(\.description)).count == violations.count)
    }
}
