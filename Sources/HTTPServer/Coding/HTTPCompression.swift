public import NIOCore

/// Compresses what is the same for all clients once, instead of with each answer.
public enum HTTPCompression {
    /// A body in gzip, for an answer with `Content-Encoding: gzip`; `nil` where that is no smaller. Takes some 10 ms for
    /// each megabyte.
    public static func gzip(_ body: ByteBuffer) -> ByteBuffer? { Deflater()?.deflate(body) }

    /// Whether a client takes gzip.
    ///
    /// - Parameter acceptEncoding: The values of `Accept-Encoding`, joined by commas; `nil` where there is none.
    public static func takesGzip(_ acceptEncoding: String?) -> Bool {
        acceptEncoding.map(AcceptEncoding.takesGzip) ?? false
    }
}
