"""The official OpenAI client against Martlet: api_client.py BASE-URL API-KEY. Fails with a traceback."""

import asyncio
import json
import sys

import openai
from pydantic import BaseModel

base, key = sys.argv[1:]
options = {"base_url": base + "/api", "api_key": key, "max_retries": 0}
client = openai.OpenAI(**options)
messages = [{"role": "user", "content": "hello"}]

names = [model.id for model in client.models.list()]
assert "stub:1b" in names, names
assert client.models.retrieve("stub:1b").id == "stub:1b"

whole = client.chat.completions.create(model="stub:1b", messages=messages)
text = whole.choices[0].message.content
assert text.startswith("word0 word1 "), text
assert whole.choices[0].finish_reason == "stop" and whole.usage.completion_tokens > 0, whole

chunks = list(
    client.chat.completions.create(
        model="stub:1b", messages=messages, stream=True, stream_options={"include_usage": True}))
assert chunks[0].choices[0].delta.role == "assistant", chunks[0]
assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == text
assert chunks[-2].choices[0].finish_reason == "stop" and chunks[-1].usage.total_tokens > 0, chunks[-2:]

tools = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}]
called = client.chat.completions.create(model="stub:1b", messages=messages, tools=tools)
call = called.choices[0].message.tool_calls[0]
assert called.choices[0].finish_reason == "tool_calls", called
assert call.function.name == "weather" and json.loads(call.function.arguments) == {"city": "Berlin"}, call
streamed = list(client.chat.completions.create(model="stub:1b", messages=messages, tools=tools, stream=True))
deltas = [chunk.choices[0].delta.tool_calls[0] for chunk in streamed if chunk.choices[0].delta.tool_calls]
assert deltas[0].function.name == "weather" and deltas[0].index == 0 and deltas[0].id, deltas
assert streamed[-1].choices[0].finish_reason == "tool_calls", streamed[-1]
answered = client.chat.completions.create(
    model="stub:1b",
    messages=messages
    + [called.choices[0].message.model_dump(exclude_none=True), {"role": "tool", "tool_call_id": call.id, "content": "sunny"}])
assert answered.choices[0].message.content == text, answered


class Answer(BaseModel):
    answer: int


parsed = client.chat.completions.parse(model="stub:1b", messages=messages, response_format=Answer)
assert parsed.choices[0].message.parsed == Answer(answer=42), parsed

picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
seen = client.chat.completions.create(
    model="stub:1b", messages=[{"role": "user", "content": [{"type": "text", "text": "what?"}, picture]}])
assert seen.choices[0].message.content == "1 images", seen

thought = client.chat.completions.create(model="stub:1b", messages=messages, extra_body={"think": True})
assert thought.choices[0].message.reasoning_content == "let me see", thought

# The client asks for base64 unless told otherwise.
embedded = client.embeddings.create(model="stub:1b", input=["four", "sixsix"])
assert [item.embedding for item in embedded.data] == [[0.25, -0.5, 4.0], [0.25, -0.5, 6.0]], embedded
assert client.embeddings.create(model="stub:1b", input="x", encoding_format="float").data[0].embedding == [0.25, -0.5, 1]

try:
    client.chat.completions.create(model="nobody:1b", messages=messages)
    raise SystemExit("a model that nobody has was found")
except openai.NotFoundError as error:
    assert error.code == "model_not_found", error

try:
    openai.OpenAI(base_url=base + "/api", api_key="sk-wrong", max_retries=0).models.list()
    raise SystemExit("a wrong key was accepted")
except openai.AuthenticationError:
    pass


async def many() -> None:
    asynchronous = openai.AsyncOpenAI(**options)

    async def one() -> str:
        stream = await asynchronous.chat.completions.create(model="stub:1b", messages=messages, stream=True)
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    answers = await asyncio.gather(*(one() for _ in range(20)))
    assert answers == [text] * 20, answers


asyncio.run(many())
print("ok")
