internal import CLibXML2

extension XMLReader {
    /// What libxml2 calls. Of a DTD nothing is taken, and of entities only those that XML itself has.
    static var handler: xmlSAXHandler {
        var handler = xmlSAXHandler()
        clibxml2_begin_sax2(&handler)
        handler.startElementNs = { context, name, _, namespace, _, _, attributeCount, _, attributes in
            XMLReader.parse(context)?.start(name, namespace, attributeCount: Int(max(0, attributeCount)), attributes)
        }
        handler.endElementNs = { context, _, _, _ in XMLReader.parse(context)?.end() }
        handler.characters = { context, bytes, count in XMLReader.parse(context)?.text(bytes, Int(count)) }
        // The same function tells libxml2 not to look for white space of its own account.
        handler.ignorableWhitespace = handler.characters
        handler.cdataBlock = handler.characters
        handler.internalSubset = { context, _, _, _ in
            XMLReader.parse(context)?.fail(.doctype, "the document has a DOCTYPE; leave it out, as none is read")
        }
        handler.serror = { context, error in
            guard let error else { return }
            XMLReader.parse(context)?.fail(error.pointee)
        }
        return handler
    }

    /// The object behind the address that the parser was made with, which `XMLReader` holds for as long as the parser.
    private static func parse(_ context: UnsafeMutableRawPointer?) -> Parse? {
        context.map { Unmanaged<Parse>.fromOpaque($0).takeUnretainedValue() }
    }
}

extension Parse {
    /// Notes what libxml2 reports. Warnings, such as of a namespace that is no whole address, are no failure.
    func fail(_ error: xmlError) {
        guard error.level.rawValue >= XML_ERR_ERROR.rawValue else { return }
        let message = error.message.map { XMLReader.oneLine(String(cString: $0)) } ?? ""
        // libxml2 gives bytes that are no UTF-8 the same number as control characters.
        let isEncoding = message.hasPrefix("Input is not proper UTF-8")
        let code =
            isEncoding ? .encoding : Self.code(of: xmlParserErrors(rawValue: UInt32(bitPattern: error.code)))
        let reason = "\(Self.reason(code)) (\(message.isEmpty ? "no details" : message))"
        self.fail(
            code, line: error.line > 0 ? Int(error.line) : nil, column: error.int2 > 0 ? Int(error.int2) : nil, reason)
    }

    private static func code(of error: xmlParserErrors) -> XMLError.Code {
        switch error {
        case XML_ERR_UNDECLARED_ENTITY, XML_WAR_UNDECLARED_ENTITY: .entity
        case XML_ERR_INVALID_ENCODING, XML_ERR_UNKNOWN_ENCODING, XML_ERR_UNSUPPORTED_ENCODING,
            XML_I18N_NO_HANDLER, XML_I18N_CONV_FAILED, XML_I18N_NO_OUTPUT, XML_I18N_NO_NAME:
            .encoding
        case XML_ERR_NO_MEMORY: .outOfMemory
        case XML_ERR_NAME_TOO_LONG: .limit
        default: .malformed
        }
    }

    private static func reason(_ code: XMLError.Code) -> String {
        switch code {
        case .entity: "an entity is named that XML does not have of its own"
        case .encoding: "bytes here are not in the document's encoding, or it names none that is read"
        case .outOfMemory: "there is no memory to read the document with"
        case .limit: "a name is too long"
        default: "this is no well-formed XML"
        }
    }
}
