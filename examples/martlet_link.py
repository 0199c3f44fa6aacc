"""One connection to a daemon of Martlet, and the calls on it (docs/PROTOCOL.md), on asyncio."""

from __future__ import annotations

import asyncio
import collections
import socket
import struct
import uuid
from collections.abc import AsyncIterator, Callable

from martlet_frames import FINISHED, MAXIMUM_LENGTH, CallError, FrameDecoder, FrameType, Violation, encode_frame

import link_pb2 as wire
from google.protobuf.message import DecodeError, Message

MAJOR, MINOR = 1, 0
WINDOW = 65_536  # bytes of DATA that the daemon may send on a stream before we grant more
MAXIMUM_STREAMS = 4_096
DATA_SIZE = 65_536  # bytes of DATA in a frame that we send
HELLO_LIMIT = 10.0  # seconds; a daemon that restarts leaves a new peer waiting


class Stream:
    """One call. It is over when `end` (by END) or `error` (by RESET, by a lost connection) is set."""

    def __init__(self, connection: Connection, number: int, send_credit: int) -> None:
        self.number = number
        self.head: wire.Head | None = None
        self.end: wire.End | None = None
        self.error: CallError | None = None
        self._connection = connection
        self._send_credit = send_credit
        self._receive_credit = WINDOW
        self._consumed = 0  # bytes that the reader took and that are not granted again yet
        self._chunks: collections.deque[bytes] = collections.deque()
        self._news = asyncio.Event()

    @property
    def is_over(self) -> bool:
        return self.end is not None or self.error is not None

    async def send(self, data: bytes) -> None:
        """Sends DATA as far as the credit goes, then waits for WINDOW. Stops early when the stream is over."""
        sent = 0
        while sent < len(data):
            await self._until(lambda: self._send_credit > 0)
            if self.is_over:
                return
            piece = data[sent : sent + min(self._send_credit, DATA_SIZE)]
            self._send_credit -= len(piece)
            sent += len(piece)
            self._connection.write(FrameType.DATA, self.number, piece)
            await self._connection.flush()

    def finish(self) -> None:
        """No DATA follows from this side."""
        if not self.is_over:
            self._connection.write(FrameType.DATA, self.number, flags=FINISHED)

    async def wait_for_head(self) -> None:
        await self._until(lambda: self.head is not None)
        if self.head is None:
            self.result()
            raise Violation("an exchange ended well, but without HEAD")

    async def chunks(self) -> AsyncIterator[bytes]:
        """The DATA as it comes. A slow reader here stops this stream at the daemon, and no other."""
        while True:
            await self._until(lambda: len(self._chunks) > 0)
            if not self._chunks:
                break
            chunk = self._chunks.popleft()
            yield chunk
            self._grant(len(chunk))
        self.result()

    async def wait_for_end(self) -> bytes:
        await self._until(lambda: False)
        return self.result()

    async def reply(self) -> bytes:
        """The reply of a unary call; one that is longer than a frame comes as DATA before END."""
        data = b"".join([chunk async for chunk in self.chunks()])
        return data or self.result()

    def result(self) -> bytes:
        """The message in END; raises what the call failed with."""
        if self.error:
            raise self.error
        assert self.end is not None
        if self.end.code != wire.OK:
            raise CallError(self.end.code, self.end.text)
        return self.end.message

    def reset(self) -> None:
        """Gives the call up. The daemon ends its work for it at once."""
        if self.is_over:
            return
        self._connection.write(FrameType.RESET, self.number, wire.Reset(code=wire.CANCELLED).SerializeToString())
        self.fail(CallError(wire.CANCELLED, "given up"))

    def received(self, kind: FrameType, payload: bytes) -> None:
        match kind:
            case FrameType.HEAD:
                self.head = wire.Head.FromString(payload)
            case FrameType.DATA:
                if len(payload) > self._receive_credit:
                    raise Violation(f"more DATA than credit on stream {self.number}")
                self._receive_credit -= len(payload)
                if payload:
                    self._chunks.append(payload)
            case FrameType.WINDOW:
                self._send_credit += struct.unpack("!I", payload)[0]
            case FrameType.END:
                self.end = wire.End.FromString(payload)
                self._connection.forget(self)
            case FrameType.RESET:
                reset = wire.Reset.FromString(payload)
                refused = reset.code in (wire.DRAINING, wire.RESOURCE_EXHAUSTED)
                self.fail(CallError(reset.code, reset.text, safe_to_retry=refused))
            case _:
                raise Violation(f"{kind.name} on stream {self.number}")
        self._news.set()

    def fail(self, error: CallError) -> None:
        self.error = error
        self._connection.forget(self)
        self._news.set()

    def _grant(self, count: int) -> None:
        """Gives credit back in halves of the window: a WINDOW for each DATA would double the frames."""
        self._consumed += count
        if self._consumed < WINDOW // 2 or self.is_over:
            return
        self._connection.write(FrameType.WINDOW, self.number, struct.pack("!I", self._consumed))
        self._receive_credit += self._consumed
        self._consumed = 0

    async def _until(self, condition: Callable[[], bool]) -> None:
        """Returns when the condition holds, or when the stream is over."""
        while not condition() and not self.is_over:
            self._news.clear()
            await self._news.wait()


class Connection:
    """One connected socket; the side that opens streams 1, 3, 5, …

    Not asyncio's streams: they throw away what was received when a write fails, and with it the peer's reason.
    """

    def __init__(self, path: str) -> None:
        self.failure: CallError | None = None
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        try:
            self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            text = "its queue is full" if isinstance(error, BlockingIOError) else error.strerror
            missing = not isinstance(error, PermissionError)
            raise CallError(wire.UNAVAILABLE, f"{path}: {text}", safe_to_retry=missing) from error
        self._hello: asyncio.Future[wire.Hello] = self._loop.create_future()
        self._streams: dict[int, Stream] = {}
        self._next = 1
        self._outbound = bytearray()
        self._is_written = asyncio.Event()
        self._is_draining = False
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, path: str, role: str) -> Connection:
        """Connects and exchanges HELLO. That `connect` succeeds proves nothing: the peer may be in a backlog."""
        self = cls(path)
        hello = wire.Hello(
            protocol_major=MAJOR,
            protocol_minor=MINOR,
            role=role,
            build="python",
            initial_window=WINDOW,
            max_streams=MAXIMUM_STREAMS,
        )
        self.write(FrameType.HELLO, 0, hello.SerializeToString())
        try:
            async with asyncio.timeout(HELLO_LIMIT):
                await asyncio.shield(self._hello)
        except TimeoutError:
            await self.close()
            raise CallError(wire.UNAVAILABLE, f"{path}: no HELLO in {HELLO_LIMIT:g} s", safe_to_retry=True) from None
        except BaseException:
            await self.close()
            raise
        return self

    @property
    def takes_streams(self) -> bool:
        return not self._is_draining and self.failure is None

    def open(self, method: str, message: Message, timeout: float | None, *, finished: bool = True) -> Stream:
        """Starts a call. `timeout`: seconds after which the daemon, too, gives up; None: no limit."""
        if not self.takes_streams:
            raise self.failure or CallError(wire.DRAINING, "the daemon is draining", safe_to_retry=True)
        peer = self._hello.result()
        if len(self._streams) >= peer.max_streams:
            raise CallError(wire.RESOURCE_EXHAUSTED, "too many streams are open", safe_to_retry=True)
        payload = wire.Open(
            method=method,
            message=message.SerializeToString(),
            request_id=str(uuid.uuid4()),
            timeout_ms=0 if timeout is None else max(1, round(timeout * 1000)),
        ).SerializeToString()
        if len(payload) + 6 > MAXIMUM_LENGTH:
            raise CallError(wire.INVALID_ARGUMENT, f"{method}: a request of {len(payload)} bytes fits no frame")
        stream = Stream(self, self._next, peer.initial_window)
        self._next += 2
        self._streams[stream.number] = stream
        self.write(FrameType.OPEN, stream.number, payload, flags=FINISHED if finished else 0)
        return stream

    def forget(self, stream: Stream) -> None:
        """The stream is over. After the last one a connection that drains is closed by us."""
        self._streams.pop(stream.number, None)
        if self._is_draining and not self._streams:
            self._reading.cancel()

    async def close(self) -> None:
        """Streams that are open end; to the daemon they are cancelled."""
        self._reading.cancel()
        await asyncio.wait([self._reading])

    # Writing

    def write(self, kind: FrameType, stream: int, payload: bytes = b"", *, flags: int = 0) -> None:
        if self.failure is None:
            self._outbound += encode_frame(kind, stream, payload, flags)
            self._send()

    async def flush(self) -> None:
        """Waits while the socket takes no more."""
        while self._outbound and self.failure is None:
            self._is_written.clear()
            await self._is_written.wait()

    def _send(self) -> None:
        try:
            while self._outbound:
                del self._outbound[: self._socket.send(self._outbound)]
        except BlockingIOError:
            self._loop.add_writer(self._socket, self._send)
            return
        except OSError:
            self._outbound.clear()  # The peer is gone. What it said before that is still to be read.
        self._loop.remove_writer(self._socket)
        self._is_written.set()

    # Reading

    async def _read(self) -> None:
        """Reads as long as the connection lives, whatever the readers of the streams do: else PING waits."""
        failure = CallError(wire.UNAVAILABLE, "the daemon closed the connection")
        decoder = FrameDecoder()
        try:
            while data := await self._loop.sock_recv(self._socket, 65_536):
                for frame in decoder.feed(data):
                    self._received(*frame)
        except CallError as error:
            failure = error
        except (DecodeError, struct.error) as error:
            failure = Violation(f"a payload that cannot be read: {error}")
        except OSError:
            pass
        finally:
            if isinstance(failure, Violation):
                goodbye = wire.GoAway(code=wire.PROTOCOL_VIOLATION, text=str(failure))
                self.write(FrameType.GOAWAY, 0, goodbye.SerializeToString())
            self._over(failure)

    def _received(self, kind: FrameType, number: int, payload: bytes) -> None:
        if stream := self._streams.get(number):
            return stream.received(kind, payload)
        match kind:
            case FrameType.HELLO:
                self._said_hello(wire.Hello.FromString(payload))
            case FrameType.PING:
                self.write(FrameType.PONG, 0, payload)
            case FrameType.GOAWAY:
                self._said_goodbye(wire.GoAway.FromString(payload))
            case FrameType.OPEN:
                refusal = wire.Reset(code=wire.UNIMPLEMENTED, text="nothing is served here")
                self.write(FrameType.RESET, number, refusal.SerializeToString())
            case _:
                pass  # Of a stream that is over on this side, which the peer could not know yet.

    def _said_hello(self, hello: wire.Hello) -> None:
        if hello.protocol_major != MAJOR:
            raise CallError(wire.VERSION, f"the daemon speaks version {hello.protocol_major}, this client {MAJOR}")
        if not self._hello.done():
            self._hello.set_result(hello)

    def _said_goodbye(self, message: wire.GoAway) -> None:
        """Streams that were not taken up end here. When the peer drains, the others go on; else nothing does."""
        self._is_draining = True
        may_return = message.code in (wire.DRAINING, wire.RESOURCE_EXHAUSTED)
        for stream in [each for each in self._streams.values() if each.number > message.last_stream]:
            stream.fail(CallError(message.code, message.text, safe_to_retry=may_return))
        if message.code != wire.DRAINING:
            raise CallError(message.code, message.text, safe_to_retry=may_return and message.last_stream == 0)
        if not self._streams:
            self._reading.cancel()

    def _over(self, failure: CallError) -> None:
        self.failure = failure
        self._loop.remove_writer(self._socket)
        self._socket.close()
        self._is_written.set()
        if not self._hello.done():
            self._hello.set_exception(failure)
            self._hello.exception()  # Else asyncio complains when nobody waits for it.
        for stream in list(self._streams.values()):
            stream.fail(failure)
