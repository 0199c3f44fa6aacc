import link_pb2 as _link_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Backend(_message.Message):
    __slots__ = ["active", "avg_tokens_per_second", "avg_ttfb_ms", "breaker", "errors", "healthy", "index", "loaded_models", "models", "queued", "requests", "url", "version"]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    AVG_TOKENS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    AVG_TTFB_MS_FIELD_NUMBER: _ClassVar[int]
    BREAKER_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    HEALTHY_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    LOADED_MODELS_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    QUEUED_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    active: int
    avg_tokens_per_second: float
    avg_ttfb_ms: float
    breaker: str
    errors: int
    healthy: bool
    index: int
    loaded_models: _containers.RepeatedScalarFieldContainer[str]
    models: _containers.RepeatedScalarFieldContainer[str]
    queued: int
    requests: int
    url: str
    version: str
    def __init__(self, index: _Optional[int] = ..., url: _Optional[str] = ..., healthy: bool = ..., breaker: _Optional[str] = ..., active: _Optional[int] = ..., queued: _Optional[int] = ..., avg_ttfb_ms: _Optional[float] = ..., avg_tokens_per_second: _Optional[float] = ..., models: _Optional[_Iterable[str]] = ..., loaded_models: _Optional[_Iterable[str]] = ..., requests: _Optional[int] = ..., errors: _Optional[int] = ..., version: _Optional[str] = ...) -> None: ...

class Backends(_message.Message):
    __slots__ = ["backends", "strategy"]
    BACKENDS_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    backends: _containers.RepeatedCompositeFieldContainer[Backend]
    strategy: str
    def __init__(self, backends: _Optional[_Iterable[_Union[Backend, _Mapping]]] = ..., strategy: _Optional[str] = ...) -> None: ...

class BackendsRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class Exchange(_message.Message):
    __slots__ = ["backend_index", "body", "headers", "model", "path", "verb"]
    BACKEND_INDEX_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    VERB_FIELD_NUMBER: _ClassVar[int]
    backend_index: int
    body: bytes
    headers: _containers.RepeatedCompositeFieldContainer[_link_pb2.Header]
    model: str
    path: str
    verb: str
    def __init__(self, verb: _Optional[str] = ..., path: _Optional[str] = ..., headers: _Optional[_Iterable[_Union[_link_pb2.Header, _Mapping]]] = ..., model: _Optional[str] = ..., backend_index: _Optional[int] = ..., body: _Optional[bytes] = ...) -> None: ...

class JsonReply(_message.Message):
    __slots__ = ["json", "status"]
    JSON_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    json: bytes
    status: int
    def __init__(self, json: _Optional[bytes] = ..., status: _Optional[int] = ...) -> None: ...

class ListRequest(_message.Message):
    __slots__ = ["backend_index"]
    BACKEND_INDEX_FIELD_NUMBER: _ClassVar[int]
    backend_index: int
    def __init__(self, backend_index: _Optional[int] = ...) -> None: ...

class Statistics(_message.Message):
    __slots__ = ["attempts", "backend_url", "bytes", "choice", "completion_tokens", "first_byte_ms", "load_ms", "prompt_tokens", "tokens_per_second", "total_ms"]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    BACKEND_URL_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    CHOICE_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_TOKENS_FIELD_NUMBER: _ClassVar[int]
    FIRST_BYTE_MS_FIELD_NUMBER: _ClassVar[int]
    LOAD_MS_FIELD_NUMBER: _ClassVar[int]
    PROMPT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    TOKENS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    TOTAL_MS_FIELD_NUMBER: _ClassVar[int]
    attempts: int
    backend_url: str
    bytes: int
    choice: str
    completion_tokens: int
    first_byte_ms: float
    load_ms: float
    prompt_tokens: int
    tokens_per_second: float
    total_ms: float
    def __init__(self, backend_url: _Optional[str] = ..., attempts: _Optional[int] = ..., first_byte_ms: _Optional[float] = ..., total_ms: _Optional[float] = ..., bytes: _Optional[int] = ..., prompt_tokens: _Optional[int] = ..., completion_tokens: _Optional[int] = ..., tokens_per_second: _Optional[float] = ..., load_ms: _Optional[float] = ..., choice: _Optional[str] = ...) -> None: ...
