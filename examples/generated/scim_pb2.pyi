import link_pb2 as _link_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Exchange(_message.Message):
    __slots__ = ["base_url", "body", "caller", "headers", "path", "source", "verb"]
    BASE_URL_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    VERB_FIELD_NUMBER: _ClassVar[int]
    base_url: str
    body: bytes
    caller: str
    headers: _containers.RepeatedCompositeFieldContainer[_link_pb2.Header]
    path: str
    source: str
    verb: str
    def __init__(self, verb: _Optional[str] = ..., path: _Optional[str] = ..., headers: _Optional[_Iterable[_Union[_link_pb2.Header, _Mapping]]] = ..., base_url: _Optional[str] = ..., source: _Optional[str] = ..., caller: _Optional[str] = ..., body: _Optional[bytes] = ...) -> None: ...

class Outcome(_message.Message):
    __slots__ = ["changed_users"]
    CHANGED_USERS_FIELD_NUMBER: _ClassVar[int]
    changed_users: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, changed_users: _Optional[_Iterable[str]] = ...) -> None: ...

class Token(_message.Message):
    __slots__ = ["created_at", "name", "token"]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    created_at: int
    name: str
    token: str
    def __init__(self, name: _Optional[str] = ..., created_at: _Optional[int] = ..., token: _Optional[str] = ...) -> None: ...

class TokenList(_message.Message):
    __slots__ = ["tokens"]
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    tokens: _containers.RepeatedCompositeFieldContainer[Token]
    def __init__(self, tokens: _Optional[_Iterable[_Union[Token, _Mapping]]] = ...) -> None: ...

class TokenListRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class TokenRequest(_message.Message):
    __slots__ = ["name"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...
