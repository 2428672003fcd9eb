import InternetAddresses
import Testing

@Suite("Which addresses are of the open internet")
struct PublicAddressTests {
    @Test("addresses of insiders are told from those of the open internet")
    func addresses() {
        func v4(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) -> [UInt8] { [a, b, c, d] }
        for inside in [
            v4(0, 0, 0, 0), v4(10, 1, 2, 3), v4(100, 64, 0, 1), v4(127, 0, 0, 1), v4(169, 254, 169, 254),
            v4(172, 16, 0, 1), v4(172, 31, 255, 255), v4(192, 168, 1, 1), v4(198, 19, 0, 1), v4(224, 0, 0, 1),
            v4(255, 255, 255, 255), v4(192, 0, 2, 1),
        ] {
            #expect(!PublicAddress.contains(inside), "\(inside)")
            #expect(!PublicAddress.contains([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF] + inside))
            #expect(!PublicAddress.contains([0x20, 0x02] + inside + [UInt8](repeating: 0, count: 10)))
            #expect(!PublicAddress.contains([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0] + inside))
        }
        for outside in [v4(8, 8, 8, 8), v4(172, 15, 0, 1), v4(172, 32, 0, 1), v4(100, 63, 0, 1), v4(192, 169, 0, 1)] {
            #expect(PublicAddress.contains(outside), "\(outside)")
        }
        func v6(_ first: [UInt8]) -> [UInt8] { first + [UInt8](repeating: 1, count: 16 - first.count) }
        for inside in [
            [0xFC], [0xFD, 0], [0xFE, 0x80], [0xFF, 2], [0x20, 1, 0x0D, 0xB8], [0x20, 1, 0], [0], [0x40],
        ] as [[UInt8]] {
            #expect(!PublicAddress.contains(v6(inside)), "\(inside)")
        }
        #expect(!PublicAddress.contains([UInt8](repeating: 0, count: 15) + [1]))
        #expect(PublicAddress.contains(v6([0x2A, 0x00])) && !PublicAddress.contains([1, 2, 3]))
    }

    @Test("a host written as an address is found without asking anybody, and of several the first of IPv4 is taken")
    func lookup() throws {
        let four = try #require(HostLookup.addresses(of: "127.0.0.1", port: 80).first)
        #expect(four.text == "127.0.0.1" && four.bytes == [127, 0, 0, 1] && !four.isPublic)
        let six = try #require(HostLookup.addresses(of: "2a00:1450:4001:830::200e", port: 80).first)
        #expect(six.isPublic)
        #expect([six, four].preferred == four)
        #expect([six].preferred == six)
        #expect([InternetAddress]().preferred == nil)
    }
}
