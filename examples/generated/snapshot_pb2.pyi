from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class CollectReply(_message.Message):
    __slots__ = ["rows"]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    rows: int
    def __init__(self, rows: _Optional[int] = ...) -> None: ...

class CollectRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class Host(_message.Message):
    __slots__ = ["cores", "cpu_percent", "disk_total_bytes", "disk_used_bytes", "load_1", "load_15", "load_5", "ram_total_bytes", "ram_used_bytes", "sampled_at"]
    CORES_FIELD_NUMBER: _ClassVar[int]
    CPU_PERCENT_FIELD_NUMBER: _ClassVar[int]
    DISK_TOTAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    DISK_USED_BYTES_FIELD_NUMBER: _ClassVar[int]
    LOAD_15_FIELD_NUMBER: _ClassVar[int]
    LOAD_1_FIELD_NUMBER: _ClassVar[int]
    LOAD_5_FIELD_NUMBER: _ClassVar[int]
    RAM_TOTAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    RAM_USED_BYTES_FIELD_NUMBER: _ClassVar[int]
    SAMPLED_AT_FIELD_NUMBER: _ClassVar[int]
    cores: int
    cpu_percent: float
    disk_total_bytes: int
    disk_used_bytes: int
    load_1: float
    load_15: float
    load_5: float
    ram_total_bytes: int
    ram_used_bytes: int
    sampled_at: int
    def __init__(self, sampled_at: _Optional[int] = ..., cpu_percent: _Optional[float] = ..., cores: _Optional[int] = ..., ram_total_bytes: _Optional[int] = ..., ram_used_bytes: _Optional[int] = ..., disk_total_bytes: _Optional[int] = ..., disk_used_bytes: _Optional[int] = ..., load_1: _Optional[float] = ..., load_5: _Optional[float] = ..., load_15: _Optional[float] = ...) -> None: ...

class HostRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...
