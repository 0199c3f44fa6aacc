from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

CANCELLED: Code
DEADLINE_EXCEEDED: Code
DESCRIPTOR: _descriptor.FileDescriptor
DRAINING: Code
FAILED_PRECONDITION: Code
INTERNAL: Code
INVALID_ARGUMENT: Code
NOT_FOUND: Code
OK: Code
PERMISSION_DENIED: Code
PROTOCOL_VIOLATION: Code
RESOURCE_EXHAUSTED: Code
UNAVAILABLE: Code
UNIMPLEMENTED: Code
VERSION: Code

class End(_message.Message):
    __slots__ = ["code", "message", "text"]
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    code: Code
    message: bytes
    text: str
    def __init__(self, code: _Optional[_Union[Code, str]] = ..., text: _Optional[str] = ..., message: _Optional[bytes] = ...) -> None: ...

class GoAway(_message.Message):
    __slots__ = ["code", "last_stream", "text"]
    CODE_FIELD_NUMBER: _ClassVar[int]
    LAST_STREAM_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    code: Code
    last_stream: int
    text: str
    def __init__(self, last_stream: _Optional[int] = ..., code: _Optional[_Union[Code, str]] = ..., text: _Optional[str] = ...) -> None: ...

class Head(_message.Message):
    __slots__ = ["headers", "message", "status"]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    headers: _containers.RepeatedCompositeFieldContainer[Header]
    message: bytes
    status: int
    def __init__(self, status: _Optional[int] = ..., headers: _Optional[_Iterable[_Union[Header, _Mapping]]] = ..., message: _Optional[bytes] = ...) -> None: ...

class Header(_message.Message):
    __slots__ = ["name", "value"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ["build", "initial_window", "max_streams", "protocol_major", "protocol_minor", "role"]
    BUILD_FIELD_NUMBER: _ClassVar[int]
    INITIAL_WINDOW_FIELD_NUMBER: _ClassVar[int]
    MAX_STREAMS_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_MAJOR_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_MINOR_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    build: str
    initial_window: int
    max_streams: int
    protocol_major: int
    protocol_minor: int
    role: str
    def __init__(self, protocol_major: _Optional[int] = ..., protocol_minor: _Optional[int] = ..., role: _Optional[str] = ..., build: _Optional[str] = ..., initial_window: _Optional[int] = ..., max_streams: _Optional[int] = ...) -> None: ...

class Open(_message.Message):
    __slots__ = ["message", "metadata", "method", "principal", "request_id", "timeout_ms"]
    class MetadataEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    message: bytes
    metadata: _containers.ScalarMap[str, str]
    method: str
    principal: Principal
    request_id: str
    timeout_ms: int
    def __init__(self, method: _Optional[str] = ..., message: _Optional[bytes] = ..., request_id: _Optional[str] = ..., timeout_ms: _Optional[int] = ..., principal: _Optional[_Union[Principal, _Mapping]] = ..., metadata: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Principal(_message.Message):
    __slots__ = ["role", "user_id"]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    role: str
    user_id: str
    def __init__(self, user_id: _Optional[str] = ..., role: _Optional[str] = ...) -> None: ...

class Reset(_message.Message):
    __slots__ = ["code", "text"]
    CODE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    code: Code
    text: str
    def __init__(self, code: _Optional[_Union[Code, str]] = ..., text: _Optional[str] = ...) -> None: ...

class Code(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
