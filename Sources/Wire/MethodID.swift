/// The number that stands for a method in REQUEST frames: the 32-bit FNV-1a hash of `package.Service/Method`.
///
/// Source: draft-eastlake-fnv, "FNV-1a", 32 bits. Collisions are refused when code is generated and when a server
/// registers its methods.
public func methodID(_ name: String) -> UInt32 {
    var hash: UInt32 = 2_166_136_261
    for byte in name.utf8 {
        hash = (hash ^ UInt32(byte)) &* 16_777_619
    }
    return hash
}
