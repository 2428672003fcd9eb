import Testing

@testable import GatewayDomain

@Suite("The headers of a raw request that are handed over")
struct HeaderSelectionTests {
    private static let headers: [(name: String, value: String)] = [
        ("Host", "h"), ("X-One", "1"), ("x-one", "2"), ("Authorization", "Bearer k"), ("Content-Length", "5"),
        ("Connection", "close, X-Own"), ("X-Own", "3"), ("Transfer-Encoding", "chunked"), ("TE", "t"), ("Upgrade", "u"),
        ("Content-Type", "a/b"), ("Expect", "100-continue"),
    ]

    private func selected(_ names: [String], hidesAuthorization: Bool = true) -> [String] {
        HeaderSelection(names, hidesAuthorization: hidesAuthorization).select(Self.headers).map {
            "\($0.name)=\($0.value)"
        }
    }

    @Test("those that are named, in their order and in lower case")
    func named() {
        #expect(self.selected(["x-one", "host", "x-two"]) == ["host=h", "x-one=1", "x-one=2"])
        #expect(self.selected([]).isEmpty)
    }

    @Test("all, but for those of the connection, also where they are named, and the key")
    func all() {
        #expect(self.selected(["*"]) == ["host=h", "x-one=1", "x-one=2", "content-type=a/b"])
        #expect(self.selected(["*"], hidesAuthorization: false).contains("authorization=Bearer k"))
        #expect(self.selected(["authorization", "te", "x-own"]).isEmpty)
    }
}
