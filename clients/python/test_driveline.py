"""Tests of the reference client: of its framing alone, and against an echo server.

    python3 test_driveline.py
    DRIVELINE_ECHO_ADDRESS=127.0.0.1:7000 python3 test_driveline.py

The second needs `protoc`. DRIVELINE_ECHO_KEY is a key that holds the scope "echo:speak".
"""
import os
import pathlib
import socket
import subprocess
import tempfile
import threading
import time
import types
import unittest

from google.protobuf import descriptor_pb2, descriptor_pool

import driveline
from driveline import Call, Channel, Frame, RPCError, Status

ECHO = "driveline.echo.v1.EchoService/"
HEALTH = "driveline.health.v1.HealthService/"
REFLECTION = "driveline.reflection.v1.ReflectionService/"
ADDRESS = os.environ.get("DRIVELINE_ECHO_ADDRESS", "")
KEY = os.environ.get("DRIVELINE_ECHO_KEY", "echo-demo-key")
PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"
NO_META = types.SimpleNamespace(metadata=[])

_descriptors = None


def descriptors():
    """The project's protos as an encoded FileDescriptorSet, made once."""
    global _descriptors
    if _descriptors is None:
        files = sorted(str(path.relative_to(PROTO)) for path in PROTO.rglob("*.proto"))
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "descriptors.pb"
            command = ["protoc", "-I", str(PROTO), "--include_imports", f"--descriptor_set_out={out}", *files]
            subprocess.run(command, check=True)
            _descriptors = out.read_bytes()
    return _descriptors


class Framing(unittest.TestCase):
    """What needs no server."""

    # The example of docs/wire.md, section 10.
    EXAMPLE = {
        "hello": ("00000014 01 00 0000 00000000 44524C4E 00000001 00000000",
                  Frame(driveline.HELLO, code=driveline.MAGIC, amount=1)),
        "request": ("00000018 03 01 0000 00000001 0C6D646B 000F4240 00000000 0A026869",
                    Frame(driveline.REQUEST, driveline.END_STREAM, 1, 0x0C6D646B, 1_000_000, body=b"\n\x02hi")),
        "response": ("00000018 04 00 0000 00000001 00000000 00000000 00000000 0A026869",
                     Frame(driveline.RESPONSE, stream=1, body=b"\n\x02hi")),
    }

    def test_the_example_is_encoded(self):
        for name, (text, frame) in self.EXAMPLE.items():
            with self.subTest(name):
                self.assertEqual(driveline.encode_frame(frame), bytes.fromhex(text))

    def test_the_example_is_decoded(self):
        for name, (text, frame) in self.EXAMPLE.items():
            with self.subTest(name):
                data = bytes.fromhex(text)
                self.assertEqual(driveline.decode_frame(data), (frame, len(data)))

    def test_frames_follow_each_other_and_may_be_cut_anywhere(self):
        frames = [Frame(driveline.DATA, driveline.MORE, 7, meta=b"meta", body=b"body"), Frame(driveline.PING, code=9)]
        data = b"".join(map(driveline.encode_frame, frames))
        for end in range(len(data) + 1):
            start, found = 0, []
            while True:
                frame, start = driveline.decode_frame(data[:end], start)
                if not frame:
                    break
                found.append(frame)
            self.assertEqual(found, frames[:0 if end < 32 else 1 if end < 56 else 2])
            self.assertEqual(start, 0 if end < 32 else 32 if end < 56 else 56)

    def test_lengths_out_of_bounds_are_refused_before_the_frame_is_there(self):
        for data in ("00000013", "00020001", "48545450", "16030100"):
            with self.subTest(data), self.assertRaises(RPCError):
                driveline.decode_frame(bytes.fromhex(data))

    def test_a_meta_longer_than_its_frame_is_refused(self):
        data = bytearray(driveline.encode_frame(Frame(driveline.DATA, stream=1, meta=b"meta")))
        data[7] += 1
        with self.assertRaises(RPCError):
            driveline.decode_frame(data)

    def test_method_ids_are_fnv_1a(self):
        self.assertEqual(driveline.method_id(""), 0x811C9DC5)
        self.assertEqual(driveline.method_id("a"), 0xE40C292C)
        self.assertEqual(driveline.method_id(ECHO + "Echo"), 0x0C6D646B)

    def test_messages_are_cut_and_joined(self):
        for length in (0, 1, 9, 10, 11, 20, 25):
            message, pieces = bytes(range(length)), []
            piece, rest = driveline.cut(message, 10)
            pieces.append(piece)
            while rest:
                piece, rest = driveline.cut(rest, 10)
                pieces.append(piece)
            self.assertEqual([len(piece) for piece in pieces[:-1]], [10] * (len(pieces) - 1))
            call = Call(1)
            for piece in pieces[:-1]:
                call.receive(Frame(driveline.DATA, driveline.MORE, 1, body=piece), NO_META)
                self.assertFalse(call.messages)
            call.receive(Frame(driveline.RESPONSE, stream=1, body=pieces[-1]), NO_META)
            self.assertEqual([data for data, _ in call.messages], [message])
            self.assertTrue(call.ended)
            self.assertEqual(call.taken, sum(24 + len(piece) for piece in pieces[:-1]))

    def test_a_message_that_grows_too_large_is_refused(self):
        call, frame = Call(1), Frame(driveline.DATA, driveline.MORE, 1, body=bytes(65_536))
        for _ in range(64):
            call.receive(frame, NO_META)
        with self.assertRaises(RPCError) as caught:
            call.receive(frame, NO_META)
        self.assertEqual(caught.exception.code, Status.RESOURCE_EXHAUSTED)

    def test_no_message_is_told_from_an_empty_one(self):
        call = Call(1)
        call.receive(Frame(driveline.DATA, stream=1), NO_META)
        call.receive(Frame(driveline.RESPONSE, driveline.NO_MESSAGE, 1), NO_META)
        self.assertEqual([data for data, _ in call.messages], [b""])

    def test_unknown_codes_are_unknown(self):
        self.assertEqual(RPCError(16, "").code, Status.UNAUTHENTICATED)
        self.assertEqual(RPCError(17, "").code, Status.UNKNOWN)


class Script:
    """A server of one connection that says what it is told to: enough for what a good server never does."""

    def __init__(self, *frames, before_hello=b""):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.output, self.before, self.received = b"".join(map(driveline.encode_frame, frames)), before_hello, []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        connection, _ = self.listener.accept()
        connection.settimeout(10)
        data, answered = bytearray(), False
        connection.sendall(self.before or driveline.encode_frame(Framing.EXAMPLE["hello"][1]))
        with connection:
            while chunk := self.read(connection):
                data += chunk
                frame, start = driveline.decode_frame(data)
                while frame:
                    self.received.append(frame)
                    if frame.type == driveline.REQUEST and not answered:
                        answered = True
                        connection.sendall(self.output)
                    frame, start = driveline.decode_frame(data, start)
                del data[:start]

    @staticmethod
    def read(connection):
        try:
            return connection.recv(65_536)
        except OSError:
            return b""

    def call(self):
        """Makes one call of a second; answers the error that it ended with, or None."""
        try:
            channel = Channel("127.0.0.1", self.port, descriptors())
            try:
                channel.unary(ECHO + "Echo", {"text": "hi"}, timeout=1.0)
            finally:
                channel.close()
        except RPCError as error:
            return error
        finally:
            self.thread.join(10)
            self.listener.close()


class Scripted(unittest.TestCase):
    """What the client does with a server's rarer and its wrong frames."""

    RESPONSE = Framing.EXAMPLE["response"][1]

    def test_ping_is_answered(self):
        script = Script(Frame(driveline.PING, code=0xFFFFFFFF), Frame(77, 255), self.RESPONSE)
        self.assertIsNone(script.call())
        # The PONG may still be waiting to be written when the call has ended; it was sent if the server saw it.
        self.assertIn(Frame(driveline.PONG, code=0xFFFFFFFF), script.received)

    def test_goaway_spares_the_calls_it_took(self):
        script = Script(Frame(driveline.GOAWAY, stream=1), self.RESPONSE)
        self.assertIsNone(script.call())

    def test_goaway_ends_the_calls_it_did_not_take(self):
        script = Script(Frame(driveline.GOAWAY, stream=0), self.RESPONSE)
        self.assertEqual(script.call().code, Status.UNAVAILABLE)

    def test_goaway_with_a_status_ends_all_calls(self):
        script = Script(Frame(driveline.GOAWAY, stream=1, code=8, body=b"\n\x06pinged"))
        error = script.call()
        self.assertEqual((error.code, error.message), (Status.RESOURCE_EXHAUSTED, "pinged"))

    def test_violations_are_answered_by_goaway(self):
        for frame in (Frame(driveline.RESPONSE, stream=3), Frame(driveline.DATA, stream=2),
                      Frame(driveline.RESPONSE, driveline.MORE, 1), Frame(driveline.DATA, driveline.END_STREAM, 1),
                      Frame(driveline.PONG, 1), Frame(driveline.DATA, stream=1, meta=b"\xff")):
            with self.subTest(frame):
                script = Script(frame)
                self.assertEqual(script.call().code, Status.INTERNAL)
                self.assertEqual((script.received[-1].type, script.received[-1].code), (driveline.GOAWAY, 13))

    def test_another_protocol_is_refused(self):
        self.assertEqual(Script(before_hello=b"HTTP/1.1 400 Bad Request\r\n\r\n").call().code, Status.INTERNAL)

    def test_a_bad_answer_does_not_end_the_connection_silently(self):
        self.assertEqual(Script(Frame(driveline.RESPONSE, stream=1, body=b"\xff")).call().code, Status.INTERNAL)

    def test_the_client_keeps_its_own_clock(self):
        script = Script()
        self.assertEqual(script.call().code, Status.DEADLINE_EXCEEDED)
        self.assertIn(Frame(driveline.CANCEL, stream=1), script.received)


@unittest.skipUnless(ADDRESS, "DRIVELINE_ECHO_ADDRESS names no echo server")
class Live(unittest.TestCase):
    """The client and an echo server."""

    def channel(self, credential=KEY):
        host, _, port = ADDRESS.rpartition(":")
        channel = Channel(host.strip("[]"), int(port), descriptors(), credential=credential)
        self.addCleanup(channel.close)
        return channel

    def refused(self, code, method, request, channel=None, **options):
        """Makes a call that must end with the code; answers the error."""
        with self.assertRaises(RPCError) as caught:
            (channel or self.channel()).unary(method, request, **options)
        self.assertIn(caught.exception.code, code if isinstance(code, tuple) else (code,), str(caught.exception))
        return caught.exception

    def test_echo(self):
        channel = self.channel()
        for text in ("hi", "", "Zündkerze 火花塞 🔧"):
            self.assertEqual(channel.unary(ECHO + "Echo", {"text": text}, timeout=5).text, text)

    def test_echo_with_metadata(self):
        metadata = [("x-test", b"\x00\xff"), ("x-test", b"again")]
        self.assertEqual(self.channel().unary(ECHO + "Echo", {"text": "hi"}, timeout=5, metadata=metadata).text, "hi")

    def test_pipelined_calls_are_answered_each(self):
        answers = self.channel().unary_many(ECHO + "Echo", [{"text": str(n)} for n in range(2_000)], timeout=20)
        self.assertEqual([answer.text for answer in answers], [str(n) for n in range(2_000)])

    def test_a_large_text_is_cut_and_joined(self):
        text = "0123456789" * 100_000
        self.assertEqual(self.channel().unary(ECHO + "Echo", {"text": text}, timeout=20).text, text)

    def test_a_text_above_its_maximum_names_the_field(self):
        error = self.refused(Status.INVALID_ARGUMENT, ECHO + "Echo", {"text": "x" * 1_048_577}, timeout=20)
        self.assertEqual([field.field for field in error.problem.fields], ["text"])

    def test_a_message_above_the_maximum_is_refused(self):
        channel = self.channel()
        self.refused(Status.RESOURCE_EXHAUSTED, ECHO + "Echo", {"text": "x" * 5_000_000}, channel, timeout=20)
        self.assertEqual(channel.unary(ECHO + "Echo", {"text": "still here"}, timeout=5).text, "still here")

    def test_a_stream_longer_than_the_credit_arrives_whole(self):
        request = {"text": "a text of some length " * 5, "count": 10_000}
        answers = list(self.channel().server_stream(ECHO + "Expand", request, timeout=60))
        self.assertEqual({answer.text for answer in answers}, {request["text"]})
        self.assertEqual(len(answers), 10_000)

    def test_a_stream_of_large_messages_arrives_whole(self):
        request = {"text": "x" * 600_000, "count": 8}
        answers = list(self.channel().server_stream(ECHO + "Expand", request, timeout=60))
        self.assertEqual([len(answer.text) for answer in answers], [600_000] * 8)

    def test_a_stream_that_is_dropped_leaves_the_connection_whole(self):
        channel = self.channel()
        answers = channel.server_stream(ECHO + "Expand", {"text": "x" * 1_000, "count": 1_000_000}, timeout=60)
        self.assertEqual(len(next(answers).text), 1_000)
        answers.close()
        self.assertEqual(channel.unary(ECHO + "Echo", {"text": "still here"}, timeout=5).text, "still here")

    def test_a_scope_is_needed_to_speak(self):
        self.assertIn("hi", self.channel().unary(ECHO + "Speak", {"text": "hi"}, timeout=5).text)
        denied = (Status.UNAUTHENTICATED, Status.PERMISSION_DENIED)
        self.refused(denied, ECHO + "Speak", {"text": "hi"}, self.channel(credential=""), timeout=5)

    def test_a_wrong_key_is_refused(self):
        with self.assertRaises(RPCError) as caught:
            self.channel(credential="no such key").unary(ECHO + "Speak", {"text": "hi"}, timeout=5)
        self.assertIn(caught.exception.code, (Status.UNAUTHENTICATED, Status.PERMISSION_DENIED))

    def test_an_unknown_method_is_unimplemented(self):
        self.refused(Status.UNIMPLEMENTED, ECHO + "NoSuchMethod", b"", timeout=5)

    def test_a_deadline_passes(self):
        channel, start = self.channel(), time.monotonic()
        request = {"text": "hi", "wait_microseconds": 5_000_000}
        self.refused(Status.DEADLINE_EXCEEDED, ECHO + "Echo", request, channel, timeout=0.1)
        self.assertLess(time.monotonic() - start, 2)
        self.assertEqual(channel.unary(ECHO + "Echo", {"text": "still here"}, timeout=5).text, "still here")

    def test_text_that_is_not_text_is_refused(self):
        channel = self.channel()
        for body in (b"\n\x02\xff\xfe", b"\n\x03\xed\xa0\x80", b"\n\x03a\0b"):  # Not UTF-8, a surrogate, a NUL.
            with self.subTest(body):
                self.refused(Status.INVALID_ARGUMENT, ECHO + "Echo", body, channel, timeout=5)

    def test_bytes_that_are_no_message_are_refused(self):
        self.refused(Status.INVALID_ARGUMENT, ECHO + "Echo", b"\n\x7fhi", timeout=5)

    def test_reflection_answers_descriptors(self):
        answer = self.channel(credential="").unary(
            REFLECTION + "GetDescriptors", {"service": "driveline.echo.v1.EchoService"}, timeout=5)
        pool = descriptor_pool.DescriptorPool()
        for file in descriptor_pb2.FileDescriptorSet.FromString(answer.file_descriptor_set).file:
            pool.AddSerializedFile(file.SerializeToString())
        self.assertIn("Expand", pool.FindServiceByName("driveline.echo.v1.EchoService").methods_by_name)

    def test_health_answers(self):
        self.assertEqual(self.channel(credential="").unary(HEALTH + "Check", {}, timeout=5).status, 1)
        self.refused(Status.NOT_FOUND, HEALTH + "Check", {"service": "no.such.Service"}, timeout=5)


if __name__ == "__main__":
    unittest.main()
