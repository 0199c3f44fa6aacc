"""Frames of Martlet's protocol (docs/PROTOCOL.md, "Frames"): bytes to frames and back, no I/O; and how calls fail."""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

# The generated modules import one another by their plain names.
sys.path.insert(0, str(Path(__file__).resolve().parent / "generated"))

import link_pb2 as wire

MAXIMUM_LENGTH = 1 << 20  # of what follows the length field
HEADER = struct.Struct("!IBBI")  # length, type, flags, stream
FINISHED = 1  # flag of OPEN and DATA


class FrameType(IntEnum):
    HELLO = 1
    OPEN = 2
    HEAD = 3
    DATA = 4
    END = 5
    RESET = 6
    WINDOW = 7
    PING = 8
    PONG = 9
    GOAWAY = 10


class CallError(Exception):
    """A call failed. `safe_to_retry`: the daemon has certainly not begun it."""

    def __init__(self, code: int, text: str, *, safe_to_retry: bool = False) -> None:
        name = wire.Code.Name(code) if code in wire.Code.values() else f"code {code}"
        super().__init__(f"{text} ({name})" if text else name)
        self.code = code
        self.safe_to_retry = safe_to_retry


class Violation(CallError):
    """The peer broke the protocol: the connection ends."""

    def __init__(self, text: str) -> None:
        super().__init__(wire.PROTOCOL_VIOLATION, text)


class Frame(NamedTuple):
    kind: FrameType
    stream: int
    payload: bytes


class FrameDecoder:
    """Bytes in, frames out; no I/O."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        self._buffer += data
        while len(self._buffer) >= HEADER.size:
            length, kind, _, stream = HEADER.unpack_from(self._buffer)
            if not 6 <= length <= MAXIMUM_LENGTH or kind not in FrameType.__members__.values():
                raise Violation(f"a frame of type {kind} and {length} bytes")
            if len(self._buffer) < 4 + length:
                return
            frame = Frame(FrameType(kind), stream, bytes(self._buffer[HEADER.size : 4 + length]))
            del self._buffer[: 4 + length]
            yield frame


def encode_frame(kind: FrameType, stream: int, payload: bytes = b"", flags: int = 0) -> bytes:
    return HEADER.pack(len(payload) + 6, kind, flags, stream) + payload
