import link_pb2 as _link_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

ALL: Scope
DESCRIPTOR: _descriptor.FileDescriptor
EMBEDDING: Priority
HAVING: Scope
INTERACTIVE: Priority
JOB: Priority
LOADED: Scope
ONE: Scope

class Backend(_message.Message):
    __slots__ = ["active", "avg_tokens_per_second", "avg_ttfb_ms", "breaker", "cold_starts", "digest_mismatches", "ejected", "enabled", "errors", "healthy", "index", "last_error", "limit", "loaded_models", "models", "queued", "requests", "slow_start", "url", "version", "weight"]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    AVG_TOKENS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    AVG_TTFB_MS_FIELD_NUMBER: _ClassVar[int]
    BREAKER_FIELD_NUMBER: _ClassVar[int]
    COLD_STARTS_FIELD_NUMBER: _ClassVar[int]
    DIGEST_MISMATCHES_FIELD_NUMBER: _ClassVar[int]
    EJECTED_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    HEALTHY_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    LOADED_MODELS_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    QUEUED_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    SLOW_START_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    active: int
    avg_tokens_per_second: float
    avg_ttfb_ms: float
    breaker: str
    cold_starts: int
    digest_mismatches: int
    ejected: bool
    enabled: bool
    errors: int
    healthy: bool
    index: int
    last_error: str
    limit: int
    loaded_models: _containers.RepeatedScalarFieldContainer[str]
    models: _containers.RepeatedScalarFieldContainer[str]
    queued: int
    requests: int
    slow_start: float
    url: str
    version: str
    weight: float
    def __init__(self, index: _Optional[int] = ..., url: _Optional[str] = ..., healthy: bool = ..., breaker: _Optional[str] = ..., active: _Optional[int] = ..., queued: _Optional[int] = ..., avg_ttfb_ms: _Optional[float] = ..., avg_tokens_per_second: _Optional[float] = ..., models: _Optional[_Iterable[str]] = ..., loaded_models: _Optional[_Iterable[str]] = ..., requests: _Optional[int] = ..., errors: _Optional[int] = ..., version: _Optional[str] = ..., limit: _Optional[int] = ..., weight: _Optional[float] = ..., cold_starts: _Optional[int] = ..., last_error: _Optional[str] = ..., ejected: bool = ..., slow_start: _Optional[float] = ..., digest_mismatches: _Optional[int] = ..., enabled: bool = ...) -> None: ...

class BackendStats(_message.Message):
    __slots__ = ["avg_response_ms", "backend", "models", "samples"]
    AVG_RESPONSE_MS_FIELD_NUMBER: _ClassVar[int]
    BACKEND_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    avg_response_ms: float
    backend: Backend
    models: _containers.RepeatedCompositeFieldContainer[ModelStats]
    samples: int
    def __init__(self, backend: _Optional[_Union[Backend, _Mapping]] = ..., models: _Optional[_Iterable[_Union[ModelStats, _Mapping]]] = ..., avg_response_ms: _Optional[float] = ..., samples: _Optional[int] = ...) -> None: ...

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

class DigestMismatch(_message.Message):
    __slots__ = ["model", "variants"]
    class Variant(_message.Message):
        __slots__ = ["backends", "digest"]
        BACKENDS_FIELD_NUMBER: _ClassVar[int]
        DIGEST_FIELD_NUMBER: _ClassVar[int]
        backends: _containers.RepeatedScalarFieldContainer[int]
        digest: str
        def __init__(self, digest: _Optional[str] = ..., backends: _Optional[_Iterable[int]] = ...) -> None: ...
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VARIANTS_FIELD_NUMBER: _ClassVar[int]
    model: str
    variants: _containers.RepeatedCompositeFieldContainer[DigestMismatch.Variant]
    def __init__(self, model: _Optional[str] = ..., variants: _Optional[_Iterable[_Union[DigestMismatch.Variant, _Mapping]]] = ...) -> None: ...

class Exchange(_message.Message):
    __slots__ = ["backend_index", "body", "headers", "model", "path", "priority", "queue_limit_ms", "streamed_body_length", "user_id", "verb"]
    BACKEND_INDEX_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    QUEUE_LIMIT_MS_FIELD_NUMBER: _ClassVar[int]
    STREAMED_BODY_LENGTH_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    VERB_FIELD_NUMBER: _ClassVar[int]
    backend_index: int
    body: bytes
    headers: _containers.RepeatedCompositeFieldContainer[_link_pb2.Header]
    model: str
    path: str
    priority: Priority
    queue_limit_ms: int
    streamed_body_length: int
    user_id: str
    verb: str
    def __init__(self, verb: _Optional[str] = ..., path: _Optional[str] = ..., headers: _Optional[_Iterable[_Union[_link_pb2.Header, _Mapping]]] = ..., model: _Optional[str] = ..., backend_index: _Optional[int] = ..., body: _Optional[bytes] = ..., priority: _Optional[_Union[Priority, str]] = ..., user_id: _Optional[str] = ..., queue_limit_ms: _Optional[int] = ..., streamed_body_length: _Optional[int] = ...) -> None: ...

class Fanout(_message.Message):
    __slots__ = ["backend_indices", "body", "headers", "model", "path", "scope", "stream", "verb"]
    BACKEND_INDICES_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    VERB_FIELD_NUMBER: _ClassVar[int]
    backend_indices: _containers.RepeatedScalarFieldContainer[int]
    body: bytes
    headers: _containers.RepeatedCompositeFieldContainer[_link_pb2.Header]
    model: str
    path: str
    scope: Scope
    stream: bool
    verb: str
    def __init__(self, verb: _Optional[str] = ..., path: _Optional[str] = ..., headers: _Optional[_Iterable[_Union[_link_pb2.Header, _Mapping]]] = ..., body: _Optional[bytes] = ..., model: _Optional[str] = ..., scope: _Optional[_Union[Scope, str]] = ..., backend_indices: _Optional[_Iterable[int]] = ..., stream: bool = ...) -> None: ...

class FanoutOutcome(_message.Message):
    __slots__ = ["error", "index", "ok", "status", "url"]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    OK_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    error: str
    index: int
    ok: bool
    status: int
    url: str
    def __init__(self, index: _Optional[int] = ..., url: _Optional[str] = ..., ok: bool = ..., status: _Optional[int] = ..., error: _Optional[str] = ...) -> None: ...

class FanoutResult(_message.Message):
    __slots__ = ["outcomes"]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedCompositeFieldContainer[FanoutOutcome]
    def __init__(self, outcomes: _Optional[_Iterable[_Union[FanoutOutcome, _Mapping]]] = ...) -> None: ...

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

class ModelStats(_message.Message):
    __slots__ = ["active", "avg_tokens_per_second", "avg_ttfb_ms", "cold_starts", "completion_tokens", "digest", "errors", "expires_at", "family", "installed", "limit", "loaded", "name", "parameter_size", "prompt_tokens", "quantization_level", "requests", "size", "size_vram"]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    AVG_TOKENS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    AVG_TTFB_MS_FIELD_NUMBER: _ClassVar[int]
    COLD_STARTS_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_TOKENS_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    INSTALLED_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    LOADED_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARAMETER_SIZE_FIELD_NUMBER: _ClassVar[int]
    PROMPT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    QUANTIZATION_LEVEL_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    SIZE_VRAM_FIELD_NUMBER: _ClassVar[int]
    active: int
    avg_tokens_per_second: float
    avg_ttfb_ms: float
    cold_starts: int
    completion_tokens: int
    digest: str
    errors: int
    expires_at: str
    family: str
    installed: bool
    limit: int
    loaded: bool
    name: str
    parameter_size: str
    prompt_tokens: int
    quantization_level: str
    requests: int
    size: int
    size_vram: int
    def __init__(self, name: _Optional[str] = ..., installed: bool = ..., digest: _Optional[str] = ..., size: _Optional[int] = ..., family: _Optional[str] = ..., parameter_size: _Optional[str] = ..., quantization_level: _Optional[str] = ..., loaded: bool = ..., size_vram: _Optional[int] = ..., expires_at: _Optional[str] = ..., active: _Optional[int] = ..., avg_ttfb_ms: _Optional[float] = ..., avg_tokens_per_second: _Optional[float] = ..., requests: _Optional[int] = ..., errors: _Optional[int] = ..., cold_starts: _Optional[int] = ..., prompt_tokens: _Optional[int] = ..., completion_tokens: _Optional[int] = ..., limit: _Optional[int] = ...) -> None: ...

class QueueStats(_message.Message):
    __slots__ = ["admitted", "avg_wait_ms", "drain_per_second", "embedding", "expired", "interactive", "job", "left", "limit", "oldest_wait_ms", "queued", "refused"]
    ADMITTED_FIELD_NUMBER: _ClassVar[int]
    AVG_WAIT_MS_FIELD_NUMBER: _ClassVar[int]
    DRAIN_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    EMBEDDING_FIELD_NUMBER: _ClassVar[int]
    EXPIRED_FIELD_NUMBER: _ClassVar[int]
    INTERACTIVE_FIELD_NUMBER: _ClassVar[int]
    JOB_FIELD_NUMBER: _ClassVar[int]
    LEFT_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    OLDEST_WAIT_MS_FIELD_NUMBER: _ClassVar[int]
    QUEUED_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    admitted: int
    avg_wait_ms: float
    drain_per_second: float
    embedding: int
    expired: int
    interactive: int
    job: int
    left: int
    limit: int
    oldest_wait_ms: float
    queued: int
    refused: int
    def __init__(self, interactive: _Optional[int] = ..., embedding: _Optional[int] = ..., job: _Optional[int] = ..., limit: _Optional[int] = ..., drain_per_second: _Optional[float] = ..., oldest_wait_ms: _Optional[float] = ..., avg_wait_ms: _Optional[float] = ..., queued: _Optional[int] = ..., admitted: _Optional[int] = ..., refused: _Optional[int] = ..., expired: _Optional[int] = ..., left: _Optional[int] = ...) -> None: ...

class Statistics(_message.Message):
    __slots__ = ["attempts", "backend_url", "bytes", "choice", "cold_start", "completion_tokens", "first_byte_ms", "load_ms", "model", "prompt_tokens", "queue_position", "tokens_per_second", "total_ms", "waited_ms"]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    BACKEND_URL_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    CHOICE_FIELD_NUMBER: _ClassVar[int]
    COLD_START_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_TOKENS_FIELD_NUMBER: _ClassVar[int]
    FIRST_BYTE_MS_FIELD_NUMBER: _ClassVar[int]
    LOAD_MS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PROMPT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    QUEUE_POSITION_FIELD_NUMBER: _ClassVar[int]
    TOKENS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    TOTAL_MS_FIELD_NUMBER: _ClassVar[int]
    WAITED_MS_FIELD_NUMBER: _ClassVar[int]
    attempts: int
    backend_url: str
    bytes: int
    choice: str
    cold_start: bool
    completion_tokens: int
    first_byte_ms: float
    load_ms: float
    model: str
    prompt_tokens: int
    queue_position: int
    tokens_per_second: float
    total_ms: float
    waited_ms: float
    def __init__(self, backend_url: _Optional[str] = ..., attempts: _Optional[int] = ..., first_byte_ms: _Optional[float] = ..., total_ms: _Optional[float] = ..., bytes: _Optional[int] = ..., prompt_tokens: _Optional[int] = ..., completion_tokens: _Optional[int] = ..., tokens_per_second: _Optional[float] = ..., load_ms: _Optional[float] = ..., choice: _Optional[str] = ..., waited_ms: _Optional[float] = ..., queue_position: _Optional[int] = ..., model: _Optional[str] = ..., cold_start: bool = ...) -> None: ...

class Stats(_message.Message):
    __slots__ = ["backends", "digest_mismatches", "queue", "strategy"]
    BACKENDS_FIELD_NUMBER: _ClassVar[int]
    DIGEST_MISMATCHES_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    backends: _containers.RepeatedCompositeFieldContainer[BackendStats]
    digest_mismatches: _containers.RepeatedCompositeFieldContainer[DigestMismatch]
    queue: QueueStats
    strategy: str
    def __init__(self, backends: _Optional[_Iterable[_Union[BackendStats, _Mapping]]] = ..., queue: _Optional[_Union[QueueStats, _Mapping]] = ..., strategy: _Optional[str] = ..., digest_mismatches: _Optional[_Iterable[_Union[DigestMismatch, _Mapping]]] = ...) -> None: ...

class StatsRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class StrategyReply(_message.Message):
    __slots__ = ["available", "configured", "source", "strategy"]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    CONFIGURED_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    available: _containers.RepeatedScalarFieldContainer[str]
    configured: str
    source: str
    strategy: str
    def __init__(self, strategy: _Optional[str] = ..., available: _Optional[_Iterable[str]] = ..., configured: _Optional[str] = ..., source: _Optional[str] = ...) -> None: ...

class StrategyRequest(_message.Message):
    __slots__ = ["strategy"]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    strategy: str
    def __init__(self, strategy: _Optional[str] = ...) -> None: ...

class VerifyRequest(_message.Message):
    __slots__ = ["key", "url"]
    KEY_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    key: str
    url: str
    def __init__(self, url: _Optional[str] = ..., key: _Optional[str] = ...) -> None: ...

class Priority(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class Scope(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
