import link_pb2 as _link_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Asker(_message.Message):
    __slots__ = ["chat_id", "email", "id", "message_id", "name", "oauth_token", "role", "session_token"]
    CHAT_ID_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    OAUTH_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    chat_id: str
    email: str
    id: str
    message_id: str
    name: str
    oauth_token: str
    role: str
    session_token: str
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., email: _Optional[str] = ..., role: _Optional[str] = ..., chat_id: _Optional[str] = ..., message_id: _Optional[str] = ..., session_token: _Optional[str] = ..., oauth_token: _Optional[str] = ...) -> None: ...

class Exchange(_message.Message):
    __slots__ = ["asker", "body", "connection_index", "headers", "may_be_unlisted", "model", "path", "verb"]
    ASKER_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_INDEX_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    MAY_BE_UNLISTED_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    VERB_FIELD_NUMBER: _ClassVar[int]
    asker: Asker
    body: bytes
    connection_index: int
    headers: _containers.RepeatedCompositeFieldContainer[_link_pb2.Header]
    may_be_unlisted: bool
    model: str
    path: str
    verb: str
    def __init__(self, verb: _Optional[str] = ..., path: _Optional[str] = ..., headers: _Optional[_Iterable[_Union[_link_pb2.Header, _Mapping]]] = ..., model: _Optional[str] = ..., connection_index: _Optional[int] = ..., body: _Optional[bytes] = ..., asker: _Optional[_Union[Asker, _Mapping]] = ..., may_be_unlisted: bool = ...) -> None: ...

class ModelsRequest(_message.Message):
    __slots__ = ["connection_index", "known_revision", "refresh"]
    CONNECTION_INDEX_FIELD_NUMBER: _ClassVar[int]
    KNOWN_REVISION_FIELD_NUMBER: _ClassVar[int]
    REFRESH_FIELD_NUMBER: _ClassVar[int]
    connection_index: int
    known_revision: int
    refresh: bool
    def __init__(self, connection_index: _Optional[int] = ..., refresh: bool = ..., known_revision: _Optional[int] = ...) -> None: ...

class VerifyRequest(_message.Message):
    __slots__ = ["asker", "config", "key", "url"]
    ASKER_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    asker: Asker
    config: bytes
    key: str
    url: str
    def __init__(self, url: _Optional[str] = ..., key: _Optional[str] = ..., config: _Optional[bytes] = ..., asker: _Optional[_Union[Asker, _Mapping]] = ...) -> None: ...
