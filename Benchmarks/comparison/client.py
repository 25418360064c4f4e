# SPDX-License-Identifier: Apache-2.0
"""A client of OpenAI's dialect, as lean as Python allows: the library's own costs a quarter of a millisecond a call."""

import base64
import json
import socket

import numpy as np


class Refused(Exception):
    """An answer that holds no vectors."""


class NoAnswer(Exception):
    """No connection, or one that broke, or a server that is still loading."""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Client:
    """One connection, opened when needed and kept."""

    def __init__(self, port, model):
        self.port, self.model = port, model
        self.connection = None

    def embed(self, texts):
        """The vectors `[texts, width]`; raises Refused or NoAnswer."""
        body = json.dumps({"model": self.model, "input": texts, "encoding_format": "base64"}).encode()
        head = (
            f"POST /v1/embeddings HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n")
        try:
            if self.connection is None:
                self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=600)
                self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connection.sendall(head.encode() + body)
            status, answer = self.receive()
        except OSError as error:
            self.disconnect()
            raise NoAnswer(str(error)) from error
        if status == 503:
            raise NoAnswer("503")
        if status != 200:
            raise Refused(f"{status}: {answer[:500]!r}")
        rows = json.loads(answer)["data"]
        return np.stack([np.frombuffer(base64.b64decode(row["embedding"]), np.float32) for row in rows])

    def receive(self):
        """Status and body of an answer that states its length, as answers with vectors do."""
        head = bytearray()
        while (end := head.find(b"\r\n\r\n")) < 0:
            head += self.more(65536)
        lines = bytes(head[:end]).lower().split(b"\r\n")
        fields = dict(line.split(b":", 1) for line in lines[1:])
        if b"content-length" not in fields:
            self.disconnect()
            raise Refused("an answer without Content-Length")
        length = int(fields[b"content-length"])
        body = head[end + 4 :]
        while len(body) < length:
            body += self.more(1 << 20)
        return int(lines[0].split()[1]), bytes(body)

    def more(self, most):
        received = self.connection.recv(most)
        if not received:
            raise ConnectionResetError("the connection ended")
        return received

    def disconnect(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None
