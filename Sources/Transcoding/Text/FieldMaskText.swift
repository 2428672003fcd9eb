internal import ProtobufC

/// The paths of a `google.protobuf.FieldMask`, in JSON one text: `name,leadTime.days`.
enum FieldMaskText {
    /// The paths in proto names; `nil` where a name is not lowerCamelCase.
    static func paths(_ text: RawSpan) -> [[UInt8]]? {
        guard text.byteCount > 0 else { return [] }
        var paths: [[UInt8]] = [[]]
        for position in 0..<text.byteCount {
            let byte = text.byte(at: position)
            switch byte {
            case UInt8(ascii: ","):
                paths.append([])
            case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                paths[paths.count - 1] += [UInt8(ascii: "_"), byte | 0x20]
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."):
                paths[paths.count - 1].append(byte)
            default:
                return nil
            }
        }
        return paths.allSatisfy { !$0.isEmpty } ? paths : nil
    }

    /// Appends a path in JSON names; false where that would not lead back to the same path.
    static func append(_ path: RawSpan, to output: OutputBytes) -> Bool {
        var followsUnderscore = false
        for position in 0..<path.byteCount {
            let byte = path.byte(at: position)
            switch byte {
            case UInt8(ascii: "_"):
                guard !followsUnderscore else { return false }
                followsUnderscore = true
            case UInt8(ascii: "a")...UInt8(ascii: "z"):
                output.append(followsUnderscore ? byte & 0xDF : byte)
                followsUnderscore = false
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."):
                guard !followsUnderscore else { return false }
                output.append(byte)
            default:
                return false
            }
        }
        return !followsUnderscore && path.byteCount > 0
    }
}
