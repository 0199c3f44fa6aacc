"""The official Ollama client's whole surface against Martlet: ollama_client.py BASE-URL API-KEY. Fails with a traceback.

Two servers that both have stub:1b stand behind BASE-URL.
"""

import asyncio
import base64
import sys
import tempfile

import ollama

base, key = sys.argv[1:]
options = {"host": base + "/ollama", "headers": {"Authorization": f"Bearer {key}"}}
client = ollama.Client(**options)
model = "stub:1b"
messages = [{"role": "user", "content": "hello"}]
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAX+XDSwAAAABJRU5ErkJggg==")


def failure(call) -> ollama.ResponseError:
    try:
        call()
    except ollama.ResponseError as error:
        return error
    raise SystemExit("no error")


def lists() -> None:
    assert model in [entry.model for entry in client.list().models]
    client.chat(model=model, messages=messages)
    running = client.ps().models
    assert model in [entry.model for entry in running] and running[0].expires_at, running
    shown = client.show(model)
    assert shown.capabilities and shown.modelinfo and shown.details.format == "gguf", shown


def words() -> str:
    parts = list(client.chat(model=model, messages=messages, stream=True))
    assert len(parts) > 2 and parts[-1].done and parts[-1].eval_count > 0, parts[-1]
    text = "".join(part.message.content for part in parts)
    assert text.startswith("word0 word1 "), text
    assert client.chat(model=model, messages=messages).message.content == text
    generated = client.generate(model=model, prompt="hello", options={"temperature": 0}, keep_alive="5m")
    assert generated.response.startswith("word0 "), generated
    streamed = client.generate(model=model, prompt="x", system="be short", stream=True)
    assert "".join(part.response for part in streamed) == generated.response
    return text


def features() -> None:
    def weather(city: str) -> str:
        """The weather of a city.

        Args:
          city: its name
        """
        return city

    for stream in (False, True):
        answer = client.chat(model=model, messages=messages, tools=[weather], stream=stream)
        calls = [call for part in (answer if stream else [answer]) for call in part.message.tool_calls or []]
        assert [(call.function.name, call.function.arguments["city"]) for call in calls] == [("weather", "Berlin")]
    schema = {"type": "object", "properties": {"answer": {"type": "integer"}}, "required": ["answer"]}
    assert client.chat(model=model, messages=messages, format=schema).message.content == '{"answer": 42}'
    assert client.generate(model=model, prompt="x", format="json").response == '{"answer": 42}'
    seen = client.chat(model=model, messages=[{"role": "user", "content": "what?", "images": [PIXEL, PIXEL]}])
    assert seen.message.content == "2 images", seen
    assert client.generate(model=model, prompt="what?", images=[PIXEL]).response == "1 images"
    thought = client.chat(model=model, messages=messages, think=True)
    assert thought.message.thinking == "let me see" and thought.message.content == "done", thought


def embeddings() -> None:
    both = client.embed(model=model, input=["a", "bcd"])
    assert [vector[2] for vector in both.embeddings] == [1, 3], both
    assert len(client.embed(model=model, input="a").embeddings) == 1
    assert list(client.embeddings(model=model, prompt="ab").embedding) == [0.25, -0.5, 2]


def management() -> None:
    assert client.pull("fresh:1b").status == "success"
    progress = list(client.pull("fresh:1b", stream=True))
    assert progress[-1].status == "success" and any(part.completed and part.total for part in progress), progress
    assert client.copy("fresh:1b", "twin:1b").status == "success"
    assert client.create(model="made:1b", from_="fresh:1b", system="be nice").status == "success"
    assert list(client.create(model="made2:1b", from_="fresh:1b", stream=True))[-1].status == "success"
    with tempfile.NamedTemporaryFile(suffix=".gguf") as file:
        file.write(b"GGUF" * 100_000)
        file.flush()
        digest = client.create_blob(file.name)
    assert client.create(model="filed:1b", files={"x.gguf": digest}).status == "success"
    assert client.push("made:1b").status == "success"
    assert list(client.push("made:1b", stream=True))[-1].status == "success"
    for name in ("fresh:1b", "twin:1b", "made:1b", "made2:1b", "filed:1b"):
        assert name in [entry.model for entry in client.list().models], name
        assert client.delete(name).status == "success"
        assert name not in [entry.model for entry in client.list().models], name


def errors() -> None:
    for call in (
        lambda: client.chat(model="nobody:1b", messages=messages),
        lambda: list(client.chat(model="nobody:1b", messages=messages, stream=True)),
        lambda: client.generate(model="nobody:1b", prompt="x"),
        lambda: client.embed(model="nobody:1b", input="x"),
        lambda: client.show("nobody:1b"),
        lambda: client.delete("nobody:1b"),
        lambda: client.copy("nobody:1b", "x:1b"),
    ):
        error = failure(call)
        assert error.status_code == 404 and "{" not in error.error, (error.status_code, error.error)
    assert "file does not exist" in failure(lambda: client.pull("missing:1b")).error
    assert failure(lambda: list(client.pull("missing:1b", stream=True))).error
    stranger = ollama.Client(host=base + "/ollama", headers={"Authorization": "Bearer sk-wrong"})
    assert failure(stranger.list).status_code == 401


async def asynchronous(text: str) -> None:
    client = ollama.AsyncClient(**options)

    async def one() -> str:
        return "".join([part.message.content async for part in await client.chat(model=model, messages=messages, stream=True)])

    assert await asyncio.gather(*(one() for _ in range(20))) == [text] * 20
    assert model in [entry.model for entry in (await client.list()).models]
    assert (await client.generate(model=model, prompt="x")).response.startswith("word0 ")
    assert len((await client.embed(model=model, input=["a", "b"])).embeddings) == 2
    assert (await client.show(model)).details.format == "gguf"
    assert [part async for part in await client.pull("later:1b", stream=True)][-1].status == "success"
    assert (await client.delete("later:1b")).status == "success"
    # Left in the middle: nothing hangs, and the next request works.
    async for _ in await client.chat(model=model, messages=messages, stream=True):
        break
    assert (await client.ps()).models is not None


lists()
text = words()
features()
embeddings()
management()
errors()
asyncio.run(asynchronous(text))
print("ok")
