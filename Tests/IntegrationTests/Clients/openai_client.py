"""The official OpenAI client against Martlet: openai_client.py BASE-URL API-KEY MODEL. Fails with a traceback."""

import asyncio
import sys

import openai

base, key, model = sys.argv[1:]
client = openai.OpenAI(base_url=base + "/openai", api_key=key, max_retries=0)
messages = [{"role": "user", "content": "hello"}]

assert model in [one.id for one in client.models.list()], "not listed"
assert client.models.retrieve(model).id == model

whole = client.chat.completions.create(model=model, messages=messages)
text = whole.choices[0].message.content
assert text.startswith("word0 word1 ") and whole.usage.completion_tokens == 8, whole

chunks = list(client.chat.completions.create(model=model, messages=messages, stream=True))
assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == text
chunks = list(
    client.chat.completions.create(model=model, messages=messages, stream=True, stream_options={"include_usage": True}))
assert chunks[-1].usage.completion_tokens == 8, chunks[-1]

tools = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
called = client.chat.completions.create(model=model, messages=messages, tools=tools).choices[0]
assert called.finish_reason == "tool_calls" and called.message.tool_calls[0].function.name == "weather", called
parts = [chunk.choices[0] for chunk in client.chat.completions.create(model=model, messages=messages, tools=tools, stream=True)]
assert parts[0].delta.tool_calls[0].function.arguments == '{"city":"Bern"}' and parts[-1].finish_reason == "tool_calls"

assert client.completions.create(model=model, prompt="x").choices[0].text == text

vectors = client.embeddings.create(model=model, input=["a", "b"])
assert [len(one.embedding) for one in vectors.data] == [3, 3] and vectors.usage.prompt_tokens == 4, vectors

response = client.responses.create(model=model, input="hello")
assert response.output_text == text and response.usage.output_tokens == 8, response
events = list(client.responses.create(model=model, input="hello", stream=True))
assert events[0].type == "response.created" and events[-1].type == "response.completed", events
assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == text

speech = client.audio.speech.create(model="tts-1", voice="alloy", input="hi")
assert speech.read() == b"ID3 speech " * 4096

try:
    client.chat.completions.create(model="nobody", messages=messages)
    raise SystemExit("a model that nobody has was found")
except openai.NotFoundError as error:
    assert error.code == "model_not_found" and "not found" in error.message, error

try:
    openai.OpenAI(base_url=base + "/openai", api_key="sk-wrong", max_retries=0).models.list()
    raise SystemExit("a wrong key was accepted")
except openai.AuthenticationError:
    pass

try:
    for _ in client.chat.completions.create(model="breaks", messages=messages, stream=True):
        pass
    raise SystemExit("a broken stream was taken for a whole one")
except openai.APIError as error:
    assert "failed" in str(error), error


async def many() -> None:
    asynchronous = openai.AsyncOpenAI(base_url=base + "/openai", api_key=key, max_retries=0)

    async def one() -> str:
        stream = await asynchronous.chat.completions.create(model=model, messages=messages, stream=True)
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    answers = await asyncio.gather(*(one() for _ in range(20)))
    assert answers == [text] * 20, answers


asyncio.run(many())
print("ok")
