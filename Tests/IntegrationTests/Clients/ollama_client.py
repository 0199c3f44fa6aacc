"""The official Ollama client against Martlet: ollama_client.py BASE-URL API-KEY. Fails with a traceback."""

import asyncio
import sys

import ollama

base, key = sys.argv[1:]
options = {"host": base + "/ollama", "headers": {"Authorization": f"Bearer {key}"}}
client = ollama.Client(**options)
messages = [{"role": "user", "content": "hello"}]

names = [model.model for model in client.list().models]
assert "stub:1b" in names, names

parts = list(client.chat(model="stub:1b", messages=messages, stream=True))
assert len(parts) > 2 and parts[-1].done and parts[-1].eval_count > 0, parts[-1]
text = "".join(part.message.content for part in parts)
assert text.startswith("word0 word1 "), text

whole = client.chat(model="stub:1b", messages=messages)
assert whole.message.content == text, whole

generated = client.generate(model="stub:1b", prompt="hello")
assert generated.response.startswith("word0 "), generated
assert "".join(part.response for part in client.generate(model="stub:1b", prompt="x", stream=True)) == generated.response

assert "stub:1b" in [model.model for model in client.ps().models]

try:
    client.chat(model="nobody:1b", messages=messages)
    raise SystemExit("a model that nobody has was found")
except ollama.ResponseError as error:
    assert error.status_code == 404 and "not found" in error.error, error

try:
    ollama.Client(host=base + "/ollama", headers={"Authorization": "Bearer sk-wrong"}).list()
    raise SystemExit("a wrong key was accepted")
except ollama.ResponseError as error:
    assert error.status_code == 401, error


async def many() -> None:
    asynchronous = ollama.AsyncClient(**options)

    async def one() -> str:
        return "".join(
            [part.message.content async for part in await asynchronous.chat(model="stub:1b", messages=messages, stream=True)])

    answers = await asyncio.gather(*(one() for _ in range(20)))
    assert answers == [text] * 20, answers


asyncio.run(many())
print("ok")
