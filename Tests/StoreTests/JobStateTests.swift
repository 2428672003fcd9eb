import Postgres
import Testing

@testable import Jobs

@Suite struct JobStateTests {
    /// All that may happen; whatever is not listed is refused.
    static let expected: [JobState: [JobTransition: JobState]] = [
        .queued: [.leased: .running, .cancelRequested: .cancelled],
        .running: [
            .leased: .running, .postponed: .queued, .released: .queued, .succeeded: .succeeded, .failed: .failed,
            .cancelRequested: .cancelling,
        ],
        .cancelling: [
            .leased: .cancelling, .postponed: .cancelled, .released: .cancelled, .succeeded: .succeeded,
            .failed: .failed, .cancelRequested: .cancelling, .stopped: .cancelled,
        ],
    ]

    @Test("every transition from every state leads where it should, or is refused", arguments: JobState.allCases)
    func transitions(_ state: JobState) {
        for transition in JobTransition.allCases {
            #expect(state.after(transition) == Self.expected[state]?[transition], "\(state) \(transition)")
        }
    }

    @Test("an id leads with its service, and only ids are read as such")
    func ids() throws {
        let text = "inventory-018f2d6e-0000-7000-8000-00000000000a"
        let id = try #require(JobID(text))
        #expect(id.service == "inventory" && id.description == text && id.uuid.low == 0x8000_0000_0000_000a)
        for wrong in [
            "", "-", "inventory", "inventory-", "-018f2d6e-0000-7000-8000-00000000000a", "018f2d6e-0000-7000-8000-0000",
            "Inventory-018f2d6e-0000-7000-8000-00000000000a", "1a-018f2d6e-0000-7000-8000-00000000000a",
            text + "0", String(repeating: "a", count: 33) + "-018f2d6e-0000-7000-8000-00000000000a",
        ] {
            #expect(JobID(wrong) == nil, "\(wrong)")
        }
    }

    @Test("brands take turns, whoever has fewest running first, and none more than it may")
    func selection() {
        func candidate(_ brand: UInt64, waitingSince: Int64) -> JobSelection.Candidate {
            JobSelection.Candidate(
                brand: PostgresUUID(high: 0, low: brand), id: PostgresUUID(high: brand, low: 0),
                notBefore: PostgresTimestamp(microseconds: waitingSince))
        }
        let (one, two, three) = (
            candidate(1, waitingSince: 5), candidate(2, waitingSince: 6), candidate(3, waitingSince: 7)
        )
        var selection = JobSelection(maximumPerBrand: 2)
        #expect(selection.order([three, one, two], running: [:]) == [one, two, three])
        #expect(selection.order([one, two, three], running: [one.brand: 1, two.brand: 2]) == [three, one])
        selection.took(one.brand)
        #expect(selection.order([one, two, three], running: [:]) == [two, three, one])
        selection.took(two.brand)
        selection.took(three.brand)
        #expect(selection.order([one, two, three], running: [:]) == [one, two, three])
    }

    @Test("the checksum is that of gzip, in one piece or several")
    func checksum() {
        let text = Array("123456789".utf8)
        #expect(CRC32.checksum(of: text) == 0xcbf4_3926)
        #expect(CRC32.checksum(of: Array(text[4...]), after: CRC32.checksum(of: Array(text[..<4]))) == 0xcbf4_3926)
    }
}
