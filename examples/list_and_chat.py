#!/usr/bin/env python3
"""Lists Martlet's daemons, then chats with a model through ollama-lb-proxy and prints the answer as it comes.

Ends with 0 when all went well, 1 with a message when not, 2 for wrong usage, 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys

try:
    from martlet_client import CallError, Client, HTTPReply
except ModuleNotFoundError as error:
    if (error.name or "").split(".")[0] != "google":
        raise
    sys.exit("list_and_chat.py: the package protobuf is missing: pip install protobuf")

from control_pb2 import Status, StatusRequest
from ollama_pb2 import JsonReply, ListRequest


class ChatError(Exception):
    """The Ollama server, or the proxy for it, says no."""


def default_directory() -> str:
    """The same rule as that of the `martlet` commands."""
    if directory := os.environ.get("RUNTIME_DIRECTORY"):
        return directory.split(":")[0]
    personal = f"{os.environ.get('XDG_RUNTIME_DIR', '')}/martlet"
    return personal if os.path.exists(f"{personal}/control.sock") else "/run/martlet"


async def list_daemons(control: Client) -> None:
    status = await control.call("control.status", StatusRequest(), Status)
    print(f"martlet {status.version}, http://{status.http_address}")
    for daemon in status.daemons:
        memory = daemon.rss_bytes / (1 << 20)
        print(f"{daemon.name:<20}{daemon.state:<10}pid {daemon.pid:<9}{memory:6.1f} MiB  {daemon.detail}".rstrip())


async def first_model(proxy: Client) -> str:
    reply = await proxy.call("ollama.tags", ListRequest(), JsonReply)
    for model in json.loads(reply.json)["models"]:
        return str(model["model"])
    raise ChatError("the Ollama servers have no models")


async def chat(proxy: Client, model: str, prompt: str) -> None:
    request = {"model": model, "messages": [{"role": "user", "content": prompt}], "stream": True}
    async with proxy.exchange(
        "POST",
        "/api/chat",
        json.dumps(request).encode(),
        model=model,
        headers={"content-type": "application/json"},
        repeatable=True,
    ) as reply:
        if reply.status != 200:
            raise ChatError(f"status {reply.status}: {error_text(await reply.read())}")
        await print_tokens(reply)
        statistics = reply.statistics()
    print(
        f"{model} on {statistics.backend_url}: {statistics.completion_tokens} tokens, "
        f"first byte after {statistics.first_byte_ms:.0f} ms, {statistics.total_ms:.0f} ms in all",
        file=sys.stderr,
    )


async def print_tokens(reply: HTTPReply) -> None:
    is_line_open = False
    try:
        async for line in reply.lines():
            try:
                part = json.loads(line)
            except ValueError:
                continue  # a server that failed in the middle of a line; the next line says why
            if "error" in part:
                raise ChatError(part["error"])
            text = part.get("message", {}).get("content", "")
            is_line_open = is_line_open or bool(text)
            print(text, end="", flush=True)
    finally:
        if is_line_open:
            print(flush=True)


def error_text(body: bytes) -> str:
    """Ollama's errors are `{"error": "…"}`."""
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")


async def run(options: argparse.Namespace) -> None:
    async with Client(f"{options.runtime_dir}/control.sock") as control:
        await list_daemons(control)
    print(flush=True)
    async with Client(f"{options.runtime_dir}/ollama-lb-proxy.sock") as proxy:
        await chat(proxy, options.model or await first_model(proxy), options.prompt)


def main() -> int:
    parser = argparse.ArgumentParser(description="List Martlet's daemons, then chat with a model through it.")
    parser.add_argument("--runtime-dir", default=default_directory(), help="directory of the sockets (%(default)s)")
    parser.add_argument("--model", help="the model to chat with; without it, the first that ollama-lb-proxy lists")
    parser.add_argument("prompt", help="what to say")
    options = parser.parse_args()
    try:
        asyncio.run(run(options))
    except (CallError, ChatError) as error:
        print(f"list_and_chat.py: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
