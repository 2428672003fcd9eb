internal import FuzzInput
internal import ProtobufC
internal import RPCMessages

/// Owns the arena of all runs. Its limit is small, so that it is met.
nonisolated(unsafe) private let memory = ArenaMemory(limitBytes: 65_536)
/// Takes up most of the arena's first chunk, so that messages meet its end.
private let ballast = [UInt8](repeating: 0x61, count: 1_000)

private func roundTrip<M: Message>(_: M.Type, _ bytes: [UInt8], ballastBytes: Int) {
    let arena = memory.arena
    arena.reset()
    var used = 0
    while used < ballastBytes {
        guard (try? GoAway(reason: String(decoding: ballast, as: UTF8.self)).encoded(in: arena)) != nil else { break }
        used += ballast.count + 100
    }
    guard !arena.isExhausted else { return }
    let message: M
    do throws(DecodingError) {
        message = try M(decoding: bytes.span.bytes, in: arena)
    } catch {
        // Out of memory is told apart from malformed, and nothing else is.
        require((error == .tooLarge) == arena.isExhausted, "\(error), exhausted: \(arena.isExhausted)")
        arena.reset()
        require(!arena.isExhausted)
        return
    }
    require(!arena.isExhausted)
    guard let encoded = try? message.encodedBytes() else { return }
    arena.reset()
    guard let again = try? M(decoding: encoded.span.bytes, in: arena) else {
        require(arena.isExhausted, "\(M.fullName) does not decode what it encoded")
        return
    }
    require(again == message, "\(M.fullName) changes by being encoded")
    require((try? again.encodedBytes()) == encoded)
}

/// Any bytes at all are a message or an error, within the arena's limit; a message survives being encoded.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMessages(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    let ballastBytes = start[0] & 0x10 == 0 ? 0 : Arena.baseChunkBytes + Int(start[0] >> 5) * 8_192
    switch start[0] & 3 {
    case 0: roundTrip(Hello.self, bytes, ballastBytes: ballastBytes)
    case 1: roundTrip(Caller.self, bytes, ballastBytes: ballastBytes)
    case 2: roundTrip(Meta.self, bytes, ballastBytes: ballastBytes)
    default: roundTrip(GoAway.self, bytes, ballastBytes: ballastBytes)
    }
    return 0
}
