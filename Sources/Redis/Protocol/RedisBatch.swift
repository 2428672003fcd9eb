internal import NIOCore

/// Commands that are sent together, in the form in which they are sent.
///
/// Commands run in their order, but other callers' may run between them: a batch is no transaction.
public struct RedisBatch: Sendable {
    /// The longest argument, in bytes: what Redis takes by default.
    public static let maximumArgumentBytes = 512 * 1_048_576
    /// The bytes of one batch at the most.
    public static let maximumBytes = 1_024 * 1_048_576
    /// Memory beyond this is let go when the batch was sent, in bytes.
    private static let keptBytes = 1_048_576
    /// The longest decimal of a length, with what stands around it.
    private static let maximumHeaderBytes = 24

    /// The encoded commands.
    var bytes = ByteBuffer()
    /// The number of commands.
    public private(set) var count = 0
    /// The arguments that were announced and are not there yet; below 0 where there are too many.
    private var missingArguments = 0
    private var isTooLarge = false
    private var isMisshapen = false

    /// An empty batch.
    public init() {}

    /// Adds a command.
    ///
    /// - Parameter name: Such as `GET`. A name of two words is a name and an argument: `("SCRIPT", "FLUSH")`.
    @inlinable
    public mutating func append<each Argument: RedisArgument>(
        _ name: StaticString, _ arguments: repeat each Argument
    ) {
        var count = 0
        for _ in repeat each arguments { count += 1 }
        self.begin(name, argumentCount: count)
        for argument in repeat each arguments { argument.withArgumentBytes { self.appendArgument($0) } }
    }

    /// Adds a command with as many arguments as there are, such as `MGET`.
    @inlinable
    public mutating func append<Argument: RedisArgument>(_ name: StaticString, arguments: some Collection<Argument>) {
        self.begin(name, argumentCount: arguments.count)
        for argument in arguments { argument.withArgumentBytes { self.appendArgument($0) } }
    }

    /// Adds a call of a script by its digest.
    ///
    /// A server that does not have the script answers `NOSCRIPT`; ``RedisConnection`` and ``RedisClient`` have ways to
    /// call one that see to that.
    @inlinable
    public mutating func append<Key: RedisArgument, Argument: RedisArgument>(
        _ script: RedisScript, keys: some Collection<Key>, arguments: some Collection<Argument>
    ) {
        self.appendCall("EVALSHA", script.digest, keys, arguments)
    }

    @inlinable
    mutating func appendCall<Key: RedisArgument, Argument: RedisArgument>(
        _ name: StaticString, _ script: String, _ keys: some Collection<Key>, _ arguments: some Collection<Argument>
    ) {
        self.begin(name, argumentCount: 2 + keys.count + arguments.count)
        script.withArgumentBytes { self.appendArgument($0) }
        keys.count.withArgumentBytes { self.appendArgument($0) }
        for key in keys { key.withArgumentBytes { self.appendArgument($0) } }
        for argument in arguments { argument.withArgumentBytes { self.appendArgument($0) } }
    }

    /// Begins a command whose arguments are written one by one, for those who have them as borrowed bytes.
    ///
    /// A batch with fewer or more arguments than announced is refused as ``RedisError/Code/invalidCommand``.
    public mutating func begin(_ name: StaticString, argumentCount: Int) {
        if self.missingArguments != 0 { self.isMisshapen = true }
        self.count += 1
        self.missingArguments = argumentCount
        self.writeLength(UInt8(ascii: "*"), argumentCount &+ 1)
        name.withUTF8Buffer { self.writeBulk(UnsafeRawBufferPointer($0)) }
    }

    /// Adds an argument.
    public mutating func appendArgument(_ bytes: borrowing RawSpan) {
        bytes.withUnsafeBytes { self.appendArgument($0) }
    }

    /// Adds an argument that is put together from two parts, such as a key with a prefix.
    public mutating func appendArgument(_ first: borrowing RawSpan, _ second: borrowing RawSpan) {
        let byteCount = first.byteCount &+ second.byteCount
        guard self.takesArgument(byteCount) else { return }
        let capacity = RedisBatch.maximumHeaderBytes &+ byteCount &+ 2
        first.withUnsafeBytes { first in
            second.withUnsafeBytes { second in
                _ = self.bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: capacity) { output in
                    let header = RedisBatch.writeLength(UInt8(ascii: "$"), byteCount, output)
                    UnsafeMutableRawBufferPointer(rebasing: output[header...]).copyMemory(from: first)
                    UnsafeMutableRawBufferPointer(rebasing: output[(header &+ first.count)...]).copyMemory(from: second)
                    let end = header &+ byteCount
                    output[end] = UInt8(ascii: "\r")
                    output[end &+ 1] = UInt8(ascii: "\n")
                    return end &+ 2
                }
            }
        }
    }

    /// Adds an argument of `byteCount` bytes that `fill` writes, such as a key that is put together from parts.
    ///
    /// - Precondition: `fill` writes all of them.
    public mutating func appendArgument(byteCount: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
        guard self.takesArgument(byteCount) else { return }
        self.writeLength(UInt8(ascii: "$"), byteCount)
        self.bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: byteCount &+ 2) { output in
            fill(UnsafeMutableRawBufferPointer(rebasing: output[..<byteCount]))
            output[byteCount] = UInt8(ascii: "\r")
            output[byteCount &+ 1] = UInt8(ascii: "\n")
            return byteCount &+ 2
        }
    }

    @usableFromInline
    mutating func appendArgument(_ argument: UnsafeRawBufferPointer) {
        guard self.takesArgument(argument.count) else { return }
        self.writeBulk(argument)
    }

    private mutating func takesArgument(_ byteCount: Int) -> Bool {
        self.missingArguments &-= 1
        guard byteCount <= RedisBatch.maximumArgumentBytes,
            byteCount <= RedisBatch.maximumBytes &- self.bytes.readableBytes
        else {
            self.isTooLarge = true
            return false
        }
        return true
    }

    @inline(__always)
    private mutating func writeBulk(_ argument: UnsafeRawBufferPointer) {
        let capacity = RedisBatch.maximumHeaderBytes &+ argument.count &+ 2
        self.bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: capacity) { output in
            var end = RedisBatch.writeLength(UInt8(ascii: "$"), argument.count, output)
            if let start = argument.baseAddress, let target = output.baseAddress {
                (target + end).copyMemory(from: start, byteCount: argument.count)
            }
            end &+= argument.count
            output[end] = UInt8(ascii: "\r")
            output[end &+ 1] = UInt8(ascii: "\n")
            return end &+ 2
        }
    }

    private mutating func writeLength(_ type: UInt8, _ length: Int) {
        self.bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: RedisBatch.maximumHeaderBytes) { output in
            RedisBatch.writeLength(type, length, output)
        }
    }

    /// Writes a type, a decimal length and the line's end.
    ///
    /// - Returns: The number of bytes, at most ``maximumHeaderBytes``.
    @inline(__always)
    private static func writeLength(_ type: UInt8, _ length: Int, _ output: UnsafeMutableRawBufferPointer) -> Int {
        output[0] = type
        var digits = 1
        var ceiling = 10
        while length >= ceiling {
            digits &+= 1
            ceiling &*= 10
        }
        var rest = length
        var position = digits
        while position > 0 {
            output[position] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
            position &-= 1
        }
        output[digits &+ 1] = UInt8(ascii: "\r")
        output[digits &+ 2] = UInt8(ascii: "\n")
        return digits &+ 3
    }
}

extension RedisBatch {
    /// Where a batch stood, to go back to.
    struct Mark {
        var byteCount: Int
        var count: Int
    }

    var mark: Mark { Mark(byteCount: self.bytes.writerIndex, count: self.count) }

    /// Why it cannot be sent.
    var fault: RedisError? {
        if self.isTooLarge { return RedisError(.invalidCommand, "an argument or the whole batch is too large") }
        if self.missingArguments != 0 || self.isMisshapen {
            return RedisError(.invalidCommand, "a command has fewer or more arguments than it announced")
        }
        return nil
    }

    /// Forgets what was added since.
    mutating func goBack(to mark: Mark) {
        self.bytes.moveWriterIndex(to: mark.byteCount)
        self.count = mark.count
        self.missingArguments = 0
        self.isTooLarge = false
        self.isMisshapen = false
    }

    /// Adds another batch's commands, with what is wrong with them.
    mutating func append(_ other: RedisBatch) {
        guard self.count > 0 || self.bytes.capacity > 0 else {
            self = other
            return
        }
        self.bytes.writeImmutableBuffer(other.bytes)
        self.count += other.count
        self.isTooLarge = self.isTooLarge || other.isTooLarge
        self.isMisshapen = self.isMisshapen || other.isMisshapen || other.missingArguments != 0
    }

    /// Forgets all commands, and keeps the memory for the next ones unless it is much.
    mutating func clear() {
        if self.bytes.capacity > RedisBatch.keptBytes {
            self.bytes = ByteBuffer()
        } else {
            self.bytes.clear()
        }
        self.count = 0
    }
}
