import RPCMessages
import SampleMessages
import Testing

@Suite("Enums")
struct EnumTests {
    @Test(
        "numbers and cases stand for each other",
        arguments: [
            (0, Mode.unspecified), (1, .on), (2, .off), (3, .mode2Speed), (4, .default), (5, .unrecognized(5)),
            (-1, .unrecognized(-1)),
        ] as [(Int32, Mode)])
    func numbers(_ number: Int32, _ mode: Mode) {
        #expect(Mode(rawValue: number) == mode)
        #expect(mode.rawValue == number)
    }

    @Test("negative numbers are kept, and an alias is its first name")
    func negative() {
        #expect(Signed(rawValue: -5) == .minus)
        #expect(Signed.least.rawValue == .min)
        #expect(Signed.greatest.rawValue == .max)
        #expect(Signed.nothing == .zero)
    }

    @Test("values carry the HTTP status that the proto gives them")
    func statuses() {
        #expect(Mode.on.httpStatus == 200)
        #expect(Mode.off.httpStatus == 404)
        #expect(Mode.unspecified.httpStatus == nil)
        #expect(Mode.unrecognized(9).httpStatus == nil)
        #expect(Reason.versionMismatch.httpStatus == 412)
    }
}
