import Testing
import Wire

@Suite("Method ids")
struct MethodIDTests {
    // The values are those of the published FNV-1a test vectors.
    @Test(
        "The hash is FNV-1a",
        arguments: [
            ("", 0x811C_9DC5), ("a", 0xE40C_292C), ("b", 0xE70C_2DE5), ("foobar", 0xBF9C_F968),
            ("driveline.echo.v1.EchoService/Echo", 0x0C6D_646B),
        ] as [(String, UInt32)])
    func values(name: String, id: UInt32) { #expect(methodID(name) == id) }
}
