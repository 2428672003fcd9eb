"""A client for Driveline RPC, made from docs/wire.md: standard library plus the package `protobuf`.

    channel = Channel("127.0.0.1", 7000, "descriptors.pb", credential="an API key")
    answer = channel.unary("driveline.echo.v1.EchoService/Echo", {"text": "hi"}, timeout=1.0)

One call at a time, or pipelined by `unary_many`; a channel belongs to one thread. The descriptors hold
`driveline/rpc/v1/rpc.proto` and the services to call, as `protoc --include_imports --descriptor_set_out` writes them.
"""
import collections, contextlib, enum, os, pathlib, select, socket, ssl, struct, sys, time

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message, message_factory

MAGIC, VERSION, AGENT = 0x44524C4E, 1, "driveline-python/1"
HELLO, CALLER, REQUEST, RESPONSE, DATA, CANCEL, CREDIT, PING, PONG, GOAWAY = range(1, 11)
END_STREAM, MORE, NO_MESSAGE = 1, 2, 4
SERVER_FLAGS = {RESPONSE: NO_MESSAGE, DATA: MORE | NO_MESSAGE}  # Those a server may set; no other type has any.
FRAME_BYTES, MESSAGE_BYTES, STREAMS, CREDIT_BYTES = 131_072, 4_194_304, 4_096, 262_144
FRAGMENT_BYTES, OPENING_SECONDS = 65_536, 10.0
HEADER, FIXED_BYTES = struct.Struct(">IBBHIIII"), 20  # The bytes of the header that `length` counts.
WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
Frame = collections.namedtuple("Frame", "type flags stream code amount caller meta body", defaults=[0] * 5 + [b"", b""])
Status = enum.IntEnum("Status", """OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS
    PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE
    DATA_LOSS UNAUTHENTICATED""", start=0)


class RPCError(Exception):
    """A call that did not end with OK: its `code` (a Status), its `message`, and its `problem` or None."""

    def __init__(self, code, text, problem=None):
        self.code = Status(code) if code <= max(Status) else Status.UNKNOWN
        self.message, self.problem = text, problem
        super().__init__(f"{self.code.name}: {text}")


def method_id(name):
    """The 32-bit FNV-1a hash of a method's full name, `package.Service/Method`."""
    result = 2_166_136_261
    for byte in name.encode():
        result = (result ^ byte) * 16_777_619 & 0xFFFF_FFFF
    return result


def encode_frame(frame):
    """The bytes of a frame."""
    rest = frame.meta + frame.body
    return HEADER.pack(FIXED_BYTES + len(rest), frame.type, frame.flags, len(frame.meta), *frame[2:6]) + rest


def decode_frame(data, start=0, maximum=FRAME_BYTES):
    """The frame that begins at `start` and the place behind it; None and `start` while bytes are missing."""
    length = int.from_bytes(data[start:start + 4], "big") if len(data) >= start + 4 else FIXED_BYTES
    if not FIXED_BYTES <= length <= maximum:
        raise RPCError(Status.INTERNAL, "the length of a frame is out of bounds")
    end = start + 4 + length
    if len(data) < end:
        return None, start
    _, kind, flags, meta_length, *fields = HEADER.unpack_from(data, start)
    if meta_length > length - FIXED_BYTES:
        raise RPCError(Status.INTERNAL, "the meta is longer than its frame")
    body = start + HEADER.size + meta_length
    return Frame(kind, flags, *fields, bytes(data[start + HEADER.size:body]), bytes(data[body:end])), end


def cut(body, size):
    """The first piece of a message, no longer than `size`, and the rest."""
    return body[:max(size, 0)], body[max(size, 0):]


class Call:
    """What is known of one stream, from its REQUEST to its RESPONSE."""

    def __init__(self, stream, decode=bytes, deadline=None, credit=CREDIT_BYTES):
        self.stream, self.decode, self.deadline, self.credit = stream, decode, deadline, credit
        self.pieces, self.messages, self.taken = bytearray(), collections.deque(), 0
        self.initial_metadata, self.trailing_metadata, self.error, self.ended = None, [], None, False

    def receive(self, frame, meta):
        """Takes a DATA or RESPONSE frame and its decoded meta."""
        metadata, cost = [(pair.key, pair.value) for pair in meta.metadata], HEADER.size + len(frame.meta + frame.body)
        if frame.type == DATA and self.initial_metadata is None:
            self.initial_metadata = metadata
        elif frame.type == RESPONSE:
            self.trailing_metadata, cost = metadata, 0
            if frame.code != Status.OK:
                raise RPCError(frame.code, meta.message, meta.problem if meta.HasField("problem") else None)
        self.pieces += frame.body
        if len(self.pieces) > MESSAGE_BYTES:
            raise RPCError(Status.RESOURCE_EXHAUSTED, "the answer is larger than this client accepts")
        if frame.flags & (MORE | NO_MESSAGE):
            self.taken += cost  # At once: nobody can take half a message.
        else:
            self.messages.append((self.decode(bytes(self.pieces)), cost))
            self.pieces.clear()
        self.ended = frame.type == RESPONSE


class Channel:
    """A connection to one server, by TLS if `tls` is True or an `ssl.SSLContext`. Errors are RPCError; OSError if the
    server cannot be reached. `initial_metadata` and `trailing_metadata` are those of the call that ended last."""

    def __init__(self, host, port, descriptors, credential="", tls=None):
        data = descriptors if isinstance(descriptors, bytes) else pathlib.Path(descriptors).read_bytes()
        self.pool = descriptor_pool.DescriptorPool()
        for file in descriptor_pb2.FileDescriptorSet.FromString(data).file:
            self.pool.AddSerializedFile(file.SerializeToString())
        self._meta, self._goaway = self.message("driveline.rpc.v1.Meta"), self.message("driveline.rpc.v1.GoAway")
        self._calls, self._last_stream, self._limits, self._leaving, self._lost = {}, -1, None, False, None
        self._incoming, self._outgoing, self.initial_metadata, self.trailing_metadata = bytearray(), bytearray(), [], []
        self._socket = socket.create_connection((host, port), OPENING_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            context = ssl.create_default_context() if tls is True else tls
            context.minimum_version = ssl.TLSVersion.TLSv1_3
            context.set_alpn_protocols(["driveline/1"])
            self._socket = context.wrap_socket(self._socket, server_hostname=host)
        hello = self.message("driveline.rpc.v1.Hello")(credential=credential, agent=AGENT)
        self._send(Frame(HELLO, code=MAGIC, amount=VERSION, body=hello.SerializeToString()))
        # A client may go on at once; waiting for the server's limits spares this one from changing them under a call.
        while not (self._limits or self._lost):
            self._move()  # Waits, as the socket still has a time-out.
        if self._lost:
            raise self._lost
        self._socket.setblocking(False)

    def message(self, name):
        """The class of a message, by its full name."""
        new, pool = getattr(message_factory, "GetMessageClass", None), self.pool  # Only since protobuf 4.22.
        return (new or message_factory.MessageFactory(pool).GetPrototype)(pool.FindMessageTypeByName(name))

    def method(self, name):
        """The descriptor of `package.Service/Method`, or None: such a method can still be called, with bytes."""
        with contextlib.suppress(KeyError):
            return self.pool.FindServiceByName(name.split("/")[0]).methods_by_name[name.split("/")[1]]

    def unary(self, method, request, timeout=None, metadata=()):
        """Makes one call. The request is a message, a dict of fields, or bytes; metadata are (text, bytes) pairs."""
        answer = self.unary_many(method, [request], timeout, metadata)[0]
        if isinstance(answer, RPCError):
            raise answer
        return answer

    def unary_many(self, method, requests, timeout=None, metadata=()):
        """Sends all requests before it waits for answers; a list of messages and RPCErrors, in the requests' order."""
        return [self._one(call) for call in [self._open(method, each, timeout, metadata) for each in requests]]

    def server_stream(self, method, request, timeout=None, metadata=()):
        """Calls a server-streaming method; a generator of its messages. Closing the generator cancels the call."""
        yield from self._answers(self._open(method, request, timeout, metadata))

    def close(self, error=RPCError(Status.CANCELLED, "the channel was closed")):
        """Closes the connection; open calls end with the error."""
        if not self._lost:
            self._lost = error
            with contextlib.suppress(OSError):
                self._socket.send(self._outgoing)  # A GOAWAY or CANCEL that still goes without waiting.
            self._socket.close()
            for call in list(self._calls.values()):
                self._end(call, error, False)

    def _open(self, name, request, timeout, metadata):
        deadline, descriptor, decode = timeout and time.monotonic() + timeout, self.method(name), bytes
        if descriptor:
            decode = self.message(descriptor.output_type.full_name).FromString
            new = self.message(descriptor.input_type.full_name)
            request = new(**request) if isinstance(request, dict) else request
        rest = request if isinstance(request, bytes) else request.SerializeToString()
        meta = self._meta(metadata=[{"key": key, "value": value} for key, value in metadata]).SerializeToString()
        # Reads what came while no call was open, a GOAWAY for example, before it decides.
        self._wait(lambda: len(self._calls) < (self._limits.maximum_streams or STREAMS))
        if self._lost or self._leaving:
            raise self._lost or RPCError(Status.UNAVAILABLE, "this connection takes no more calls")
        self._last_stream += 2
        call = Call(self._last_stream, decode, deadline, self._limits.initial_credit_bytes or CREDIT_BYTES)
        self._calls[call.stream] = call
        size = min(FRAGMENT_BYTES, (self._limits.maximum_frame_bytes or FRAME_BYTES) - FIXED_BYTES)
        piece, rest = cut(rest, size - len(meta))
        time_out = 0 if timeout is None else min(max(int(timeout * 1e6), 1), 0xFFFF_FFFF)
        self._send(Frame(REQUEST, MORE if rest else END_STREAM, call.stream, method_id(name), time_out, 0, meta, piece))
        while rest and self._wait(lambda: call.credit > HEADER.size or call.ended, call) and not call.ended:
            piece, rest = cut(rest, min(size, call.credit - HEADER.size))
            call.credit -= HEADER.size + len(piece)
            self._send(Frame(DATA, MORE if rest else END_STREAM, call.stream, body=piece))
        return call

    def _answers(self, call):
        try:
            while self._wait(lambda: call.messages or call.ended, call) and call.messages:
                answer, cost = call.messages.popleft()
                yield answer
                call.taken += cost
            self.initial_metadata, self.trailing_metadata = call.initial_metadata or [], call.trailing_metadata
            if call.error:
                raise call.error
        finally:
            self._end(call, RPCError(Status.CANCELLED, "the caller took no more"))
            self._lost or self._move()

    def _one(self, call):
        try:
            answers = list(self._answers(call))
            return answers[0] if len(answers) == 1 else RPCError(Status.INTERNAL, f"{len(answers)} answers, not one")
        except RPCError as error:
            return error

    def _end(self, call, error, cancel=True):
        """Ends a call that is open, with a CANCEL if the server does not know yet."""
        if not call.ended:
            call.error, call.ended = error, True
            self._calls.pop(call.stream, None)
            if cancel:
                self._send(Frame(CANCEL, stream=call.stream))

    def _send(self, frame):
        self._outgoing += encode_frame(frame)

    def _wait(self, condition, call=None):
        """Moves bytes until the condition holds or the connection is lost; a call that is too late ends."""
        while True:
            moved = not self._lost and self._move()
            # By the quarter: less often than messages, and what is left always has room for the largest frame.
            if call and call.taken >= CREDIT_BYTES // 4 and not call.ended:
                self._send(Frame(CREDIT, stream=call.stream, amount=call.taken))
                call.taken = 0
            seconds = call and call.deadline and call.deadline - time.monotonic()
            if seconds is not None and seconds <= 0:
                self._end(call, RPCError(Status.DEADLINE_EXCEEDED, "the deadline passed"))
            if self._lost or condition():
                return True
            if not moved:
                select.select([self._socket], [self._socket] if self._outgoing else [], [], seconds)

    def _move(self):
        """Writes and reads what goes without waiting. Reads even while it cannot write, or both sides might wait."""
        moved = 0
        try:
            with contextlib.suppress(*WOULD_BLOCK):
                moved = self._socket.send(self._outgoing) if self._outgoing else 0
                del self._outgoing[:moved]
            with contextlib.suppress(*WOULD_BLOCK):
                data, start, frame = self._socket.recv(CREDIT_BYTES), 0, True
                self._incoming += data
                while frame and not self._lost:
                    frame, start = decode_frame(self._incoming, start)
                    if frame:
                        self._take(frame, self._calls.get(frame.stream))
                del self._incoming[:start]
                if not data or self._leaving and not self._calls:
                    self.close(RPCError(Status.UNAVAILABLE, "the server closed the connection or is about to"))
                moved += 1
        except OSError as error:
            self.close(RPCError(Status.UNAVAILABLE, f"the connection broke: {error}"))
        except (RPCError, message.DecodeError) as error:
            reason = getattr(error, "message", str(error))
            self._send(Frame(GOAWAY, code=Status.INTERNAL, body=self._goaway(reason=reason).SerializeToString()))
            self.close(RPCError(Status.INTERNAL, reason))
        return moved

    def _take(self, frame, call):
        if frame.type <= GOAWAY and frame.flags & ~SERVER_FLAGS.get(frame.type, 0):
            raise RPCError(Status.INTERNAL, "a flag is set that its type does not allow")
        if not self._limits:
            if frame.type != HELLO or frame.code != MAGIC or frame.amount < 1:
                raise RPCError(Status.INTERNAL, "the server does not begin with HELLO")
            self._limits = self.message("driveline.rpc.v1.Hello").FromString(frame.body)
        elif frame.type == PING:
            self._send(Frame(PONG, code=frame.code))
        elif frame.type == GOAWAY:
            self._leaving = True
            if frame.code != Status.OK:
                self.close(RPCError(frame.code, self._goaway.FromString(frame.body).reason))
            for call in [call for call in self._calls.values() if call.stream > frame.stream]:
                self._end(call, RPCError(Status.UNAVAILABLE, "the server left before it took the call"), False)
        elif frame.type in (RESPONSE, DATA, CREDIT) and (frame.stream > self._last_stream or frame.stream % 2 == 0):
            raise RPCError(Status.INTERNAL, "a frame for a stream that was never opened")
        elif frame.type == CREDIT and call:
            call.credit += frame.amount
        elif frame.type in (RESPONSE, DATA) and call:
            try:
                call.receive(frame, self._meta.FromString(frame.meta))
            except RPCError as error:
                self._end(call, error, frame.type == DATA)
            if call.ended:
                self._calls.pop(call.stream, None)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit("usage: [DRIVELINE_CREDENTIAL=KEY] driveline.py HOST:PORT DESCRIPTORS package.Service/Method JSON")
    _, address, descriptor_path, name, text = sys.argv
    try:
        credential, (host, _, port) = os.environ.get("DRIVELINE_CREDENTIAL", ""), address.rpartition(":")
        main = Channel(host.strip("[]"), int(port), descriptor_path, credential)
        kind = main.method(name) or sys.exit(f"the descriptors have no method {name}")
        body = json_format.Parse(text, main.message(kind.input_type.full_name)())
        for item in main.server_stream(name, body, timeout=10.0):
            print(json_format.MessageToJson(item))
    except (RPCError, OSError, json_format.ParseError) as failure:
        sys.exit(str(failure))
