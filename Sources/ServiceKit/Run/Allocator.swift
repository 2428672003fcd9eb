internal import CMimalloc
internal import Glibc

/// What hands out memory in a service's process: mimalloc, in the place of the C library's allocator.
///
/// A service makes and drops many small objects, on the threads of its event loops and on that of PostgreSQL. glibc's
/// allocator took a seventh of the inventory service's time under updates; see docs/benchmarks.md.
public enum Allocator {
    /// Its name with its version, such as `mimalloc 209`; `libc` where another library is in front of it.
    public static let name = Self.isMimalloc ? "mimalloc \(mi_version())" : "libc"

    /// Whether `malloc` is mimalloc's: the linker takes the first library that has the function.
    private static var isMimalloc: Bool {
        let memory = malloc(1)
        defer { free(memory) }
        return mi_is_in_heap_region(memory)
    }
}
