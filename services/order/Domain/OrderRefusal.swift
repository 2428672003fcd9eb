public import OrderMessages
public import Refusals

/// Why an order, or a change of one, is refused.
public typealias OrderRefusal = Refusal<RefusalReason>

/// What is wrong with one order, gathered to be told at once.
public typealias OrderFaults = FieldFaults<RefusalReason>

extension RefusalReason: RefusalReasons {}
