internal import Glibc

/// Zeroed memory of a fixed size, straight from the system: it counts only as far as it is used, and is in huge pages where
/// the system gives them, so that reads all over it find their addresses.
struct MappedMemory: ~Copyable {
    let bytes: UnsafeMutableRawBufferPointer

    /// - Returns: Nil where the system has no room for it.
    init?(byteCount: Int) {
        let address = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let address, address != MAP_FAILED else { return nil }
        self.bytes = UnsafeMutableRawBufferPointer(start: address, count: byteCount)
        // Refused, it is as before in pages of the usual size.
        madvise(address, byteCount, MADV_HUGEPAGE)
    }

    /// Gives everything back to the system; what is read then is zero.
    func clear() {
        // Private memory without a file comes back zeroed.
        guard madvise(self.bytes.baseAddress, self.bytes.count, MADV_DONTNEED) == 0 else {
            self.bytes.initializeMemory(as: UInt8.self, repeating: 0)
            return
        }
    }

    deinit { munmap(self.bytes.baseAddress, self.bytes.count) }
}
