import DrivelineGenerator
import Foundation
import SwiftProtobuf

/// Reads a `google.protobuf.FileDescriptorSet` and writes it as protobuf-c's compiler is to see it.
@main
enum Main {
    static func main() throws {
        let input = FileHandle.standardInput.readDataToEndOfFile()
        let set = try Google_Protobuf_FileDescriptorSet(serializedBytes: input)
        let output: Data = try rewrittenForProtobufC(set).serializedBytes()
        FileHandle.standardOutput.write(output)
    }
}
