"""A client of Martlet's binary protocol (docs/PROTOCOL.md), on asyncio.

    async with Client("/run/martlet/control.sock") as control:
        status = await control.call("control.status", StatusRequest(), Status)

    async with Client("/run/martlet/ollama-lb-proxy.sock") as proxy:
        async with proxy.exchange("POST", "/api/chat", body, model="llama3.2:1b") as reply:
            async for line in reply.lines():
                ...

Whatever fails is a `CallError`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from martlet_frames import CallError
from martlet_link import DATA_SIZE, Connection, Stream

import link_pb2 as wire
from google.protobuf.message import Message
from ollama_pb2 import Exchange, Statistics

__all__ = ["CallError", "Client", "HTTPReply"]

Reply = TypeVar("Reply", bound=Message)
Result = TypeVar("Result")


class HTTPReply:
    """The reply of an exchange: status and headers are there, the body comes."""

    def __init__(self, stream: Stream) -> None:
        assert stream.head is not None
        self._stream = stream
        self.status = stream.head.status
        self.headers = {header.name.lower(): header.value for header in stream.head.headers}

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self._stream.chunks()])

    async def lines(self) -> AsyncIterator[bytes]:
        """The lines of the body. DATA is cut anywhere: a line may come in pieces, or many at once."""
        rest = b""
        async for chunk in self._stream.chunks():
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield line
        if rest:
            yield rest

    def statistics(self) -> Statistics:
        """How it went; after the whole body."""
        return Statistics.FromString(self._stream.result())


class Client:
    """Calls over one socket. Connects when first needed, and again after a loss or when the daemon drains."""

    PAUSES = (0.05, 0.2, 1.0)  # seconds between the attempts at one call

    def __init__(self, path: str, role: str = "example") -> None:
        self._path = path
        self._role = role
        self._connections: list[Connection] = []
        self._connecting = asyncio.Lock()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self._connections:
            await connection.close()

    async def call(self, method: str, request: Message, reply: type[Reply], *, timeout: float = 30.0) -> Reply:
        """One request, one reply."""

        async def attempt(connection: Connection) -> bytes:
            stream = connection.open(method, request, timeout)
            try:
                async with asyncio.timeout(timeout + 1):
                    return await stream.reply()
            except TimeoutError:
                raise CallError(wire.DEADLINE_EXCEEDED, f"{method}: no answer in {timeout:g} s") from None
            finally:
                stream.reset()

        return reply.FromString(await self._retrying(attempt))

    @contextlib.asynccontextmanager
    async def exchange(
        self,
        verb: str,
        path: str,
        body: bytes = b"",
        *,
        model: str = "",
        headers: dict[str, str] | None = None,
        timeout: float | None = None,
        repeatable: bool = False,
    ) -> AsyncIterator[HTTPReply]:
        """One HTTP exchange with an Ollama server that ollama-lb-proxy chooses; yields when the head of the reply is
        there. Leaving the block before the end cancels it. `repeatable`: until then, the request may be made again
        even if the daemon was lost after it may have begun.
        """
        is_short = len(body) <= DATA_SIZE
        request = Exchange(verb=verb, path=path, model=model, body=body if is_short else b"")
        request.headers.extend(wire.Header(name=name, value=value) for name, value in (headers or {}).items())

        async def attempt(connection: Connection) -> Stream:
            stream = connection.open("ollama.exchange", request, timeout, finished=is_short)
            try:
                if not is_short:
                    await stream.send(body)
                    stream.finish()
                await stream.wait_for_head()
            except BaseException:
                stream.reset()
                raise
            return stream

        stream = await self._retrying(attempt, repeatable)
        try:
            yield HTTPReply(stream)
        finally:
            stream.reset()

    async def _retrying(self, attempt: Callable[[Connection], Awaitable[Result]], repeatable: bool = False) -> Result:
        for pause in self.PAUSES:
            try:
                return await attempt(await self._connection())
            except CallError as error:
                if not (error.safe_to_retry or (repeatable and error.code == wire.UNAVAILABLE)):
                    raise
            await asyncio.sleep(pause)
        return await attempt(await self._connection())

    async def _connection(self) -> Connection:
        """A connection that takes new streams. One that drains lives on until its last stream is over."""
        async with self._connecting:
            self._connections = [each for each in self._connections if each.failure is None]
            for connection in self._connections:
                if connection.takes_streams:
                    return connection
            connection = await Connection.connect(self._path, self._role)
            self._connections.append(connection)
            return connection
