import ollama_pb2 as _ollama_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Beat(_message.Message):
    __slots__ = ["backends", "figures", "in_flight"]
    BACKENDS_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    backends: _containers.RepeatedCompositeFieldContainer[_ollama_pb2.Backend]
    figures: _containers.RepeatedCompositeFieldContainer[Figure]
    in_flight: int
    def __init__(self, in_flight: _Optional[int] = ..., backends: _Optional[_Iterable[_Union[_ollama_pb2.Backend, _Mapping]]] = ..., figures: _Optional[_Iterable[_Union[Figure, _Mapping]]] = ...) -> None: ...

class ConfigureReply(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class DaemonReply(_message.Message):
    __slots__ = ["pid", "text"]
    PID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    pid: int
    text: str
    def __init__(self, text: _Optional[str] = ..., pid: _Optional[int] = ...) -> None: ...

class DaemonRequest(_message.Message):
    __slots__ = ["name", "wait_drained"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    WAIT_DRAINED_FIELD_NUMBER: _ClassVar[int]
    name: str
    wait_drained: bool
    def __init__(self, name: _Optional[str] = ..., wait_drained: bool = ...) -> None: ...

class DaemonStatus(_message.Message):
    __slots__ = ["detail", "draining_pids", "figures", "in_flight", "name", "pid", "restarts", "rss_bytes", "state", "uptime_seconds"]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    DRAINING_PIDS_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PID_FIELD_NUMBER: _ClassVar[int]
    RESTARTS_FIELD_NUMBER: _ClassVar[int]
    RSS_BYTES_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    UPTIME_SECONDS_FIELD_NUMBER: _ClassVar[int]
    detail: str
    draining_pids: _containers.RepeatedScalarFieldContainer[int]
    figures: _containers.RepeatedCompositeFieldContainer[Figure]
    in_flight: int
    name: str
    pid: int
    restarts: int
    rss_bytes: int
    state: str
    uptime_seconds: float
    def __init__(self, name: _Optional[str] = ..., state: _Optional[str] = ..., pid: _Optional[int] = ..., uptime_seconds: _Optional[float] = ..., restarts: _Optional[int] = ..., rss_bytes: _Optional[int] = ..., in_flight: _Optional[int] = ..., draining_pids: _Optional[_Iterable[int]] = ..., detail: _Optional[str] = ..., figures: _Optional[_Iterable[_Union[Figure, _Mapping]]] = ...) -> None: ...

class DaemonStatusRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class Drain(_message.Message):
    __slots__ = ["limit_ms"]
    LIMIT_MS_FIELD_NUMBER: _ClassVar[int]
    limit_ms: int
    def __init__(self, limit_ms: _Optional[int] = ...) -> None: ...

class Empty(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class Figure(_message.Message):
    __slots__ = ["help", "labels", "name", "type", "value"]
    class LabelsEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    HELP_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    help: str
    labels: _containers.ScalarMap[str, str]
    name: str
    type: str
    value: float
    def __init__(self, name: _Optional[str] = ..., value: _Optional[float] = ..., type: _Optional[str] = ..., help: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Figures(_message.Message):
    __slots__ = ["figures"]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    figures: _containers.RepeatedCompositeFieldContainer[Figure]
    def __init__(self, figures: _Optional[_Iterable[_Union[Figure, _Mapping]]] = ...) -> None: ...

class FiguresRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class JobTotals(_message.Message):
    __slots__ = ["queued", "running"]
    QUEUED_FIELD_NUMBER: _ClassVar[int]
    RUNNING_FIELD_NUMBER: _ClassVar[int]
    queued: int
    running: int
    def __init__(self, queued: _Optional[int] = ..., running: _Optional[int] = ...) -> None: ...

class Listener(_message.Message):
    __slots__ = ["address", "descriptor", "name"]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTOR_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    address: str
    descriptor: int
    name: str
    def __init__(self, name: _Optional[str] = ..., descriptor: _Optional[int] = ..., address: _Optional[str] = ...) -> None: ...

class Ping(_message.Message):
    __slots__ = ["text"]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    text: str
    def __init__(self, text: _Optional[str] = ...) -> None: ...

class Pong(_message.Message):
    __slots__ = ["daemon", "pid", "text", "version"]
    DAEMON_FIELD_NUMBER: _ClassVar[int]
    PID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    daemon: str
    pid: int
    text: str
    version: str
    def __init__(self, text: _Optional[str] = ..., daemon: _Optional[str] = ..., version: _Optional[str] = ..., pid: _Optional[int] = ...) -> None: ...

class Ready(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class ReloadReply(_message.Message):
    __slots__ = ["changed", "handed_over"]
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    HANDED_OVER_FIELD_NUMBER: _ClassVar[int]
    changed: _containers.RepeatedScalarFieldContainer[str]
    handed_over: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, changed: _Optional[_Iterable[str]] = ..., handed_over: _Optional[_Iterable[str]] = ...) -> None: ...

class ReloadRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class Setting(_message.Message):
    __slots__ = ["fallback", "key", "secret", "source", "value"]
    FALLBACK_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    fallback: str
    key: str
    secret: bool
    source: str
    value: str
    def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ..., source: _Optional[str] = ..., fallback: _Optional[str] = ..., secret: bool = ...) -> None: ...

class Settings(_message.Message):
    __slots__ = ["data_directory", "listeners", "revision", "runtime_directory", "settings", "version"]
    DATA_DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    LISTENERS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    RUNTIME_DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    data_directory: str
    listeners: _containers.RepeatedCompositeFieldContainer[Listener]
    revision: int
    runtime_directory: str
    settings: _containers.RepeatedCompositeFieldContainer[Setting]
    version: str
    def __init__(self, settings: _Optional[_Iterable[_Union[Setting, _Mapping]]] = ..., listeners: _Optional[_Iterable[_Union[Listener, _Mapping]]] = ..., data_directory: _Optional[str] = ..., runtime_directory: _Optional[str] = ..., version: _Optional[str] = ..., revision: _Optional[int] = ...) -> None: ...

class SettingsChanged(_message.Message):
    __slots__ = ["keys"]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, keys: _Optional[_Iterable[str]] = ...) -> None: ...

class SettingsRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class ShutdownReply(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class ShutdownRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class Status(_message.Message):
    __slots__ = ["backends", "daemons", "generation", "http_address", "jobs", "supervisor_pid", "supervisor_rss_bytes", "upgrade", "uptime_seconds", "version"]
    BACKENDS_FIELD_NUMBER: _ClassVar[int]
    DAEMONS_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    HTTP_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    JOBS_FIELD_NUMBER: _ClassVar[int]
    SUPERVISOR_PID_FIELD_NUMBER: _ClassVar[int]
    SUPERVISOR_RSS_BYTES_FIELD_NUMBER: _ClassVar[int]
    UPGRADE_FIELD_NUMBER: _ClassVar[int]
    UPTIME_SECONDS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    backends: _containers.RepeatedCompositeFieldContainer[_ollama_pb2.Backend]
    daemons: _containers.RepeatedCompositeFieldContainer[DaemonStatus]
    generation: int
    http_address: str
    jobs: JobTotals
    supervisor_pid: int
    supervisor_rss_bytes: int
    upgrade: str
    uptime_seconds: float
    version: str
    def __init__(self, version: _Optional[str] = ..., uptime_seconds: _Optional[float] = ..., daemons: _Optional[_Iterable[_Union[DaemonStatus, _Mapping]]] = ..., backends: _Optional[_Iterable[_Union[_ollama_pb2.Backend, _Mapping]]] = ..., jobs: _Optional[_Union[JobTotals, _Mapping]] = ..., supervisor_pid: _Optional[int] = ..., supervisor_rss_bytes: _Optional[int] = ..., generation: _Optional[int] = ..., upgrade: _Optional[str] = ..., http_address: _Optional[str] = ...) -> None: ...

class StatusRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class UpgradeReply(_message.Message):
    __slots__ = ["generation"]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    generation: int
    def __init__(self, generation: _Optional[int] = ...) -> None: ...

class UpgradeRequest(_message.Message):
    __slots__ = ["executable"]
    EXECUTABLE_FIELD_NUMBER: _ClassVar[int]
    executable: str
    def __init__(self, executable: _Optional[str] = ...) -> None: ...
