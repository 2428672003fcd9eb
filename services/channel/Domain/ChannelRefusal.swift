public import ChannelMessages
public import Refusals

/// Why a change of a connection, listing or mapping is refused.
public typealias ChannelRefusal = Refusal<RefusalReason>

/// What is wrong with one document, gathered to be told at once.
public typealias ChannelFaults = FieldFaults<RefusalReason>

extension RefusalReason: RefusalReasons {}
