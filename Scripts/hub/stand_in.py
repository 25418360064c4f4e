# SPDX-License-Identifier: Apache-2.0
"""A Hub on this machine: any number of repositories with made-up files, and a second port that serves large ones.

What it does is what shared clients need of https://huggingface.co: revisions, listings, resolve with HEAD and GET, tags,
redirections of large files to another origin with a signed address, ranges, gated repositories. It counts what it sends.
"""

import hashlib
import http.server
import json
import random
import threading
import time
import urllib.parse

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = 4096
# A rude server repeats what it was sent.
TOKEN_ECHO = "Bearer hf_PlantedTokenThatNobodyMaySee"


def git_hash(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def model_files(seed, weights_bytes):
    """The files of a small model whose weights are random bytes; names that no embedding model needs among them."""
    generator = random.Random(seed)
    files = {
        "README.md": b"# A model\n",
        "config.json": b'{"model_type": "bert", "seed": %d}\n' % seed,
        "modules.json": json.dumps(
            [
                {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
                {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            ]
        ).encode(),
        "1_Pooling/config.json": b'{"pooling_mode_mean_tokens": true, "seed": %d}\n' % seed,
        "tokenizer.json": generator.randbytes(200_000),
        "tokenizer_config.json": b'{"model_max_length": 128, "seed": %d}\n' % seed,
        "model.safetensors": generator.randbytes(weights_bytes),
        "onnx/model.onnx": generator.randbytes(10_000),
    }
    return files


NEEDED = [
    "1_Pooling/config.json", "config.json", "model.safetensors", "modules.json", "tokenizer.json", "tokenizer_config.json",
]


class StandIn:
    """Two servers: the Hub itself and what it sends to for large files."""

    def __init__(self, repositories, token=None, bytes_per_second=None, tls=None):
        # An ssl.SSLContext makes both speak https.
        self.tls = tls
        self.repositories = repositories
        self.token = token
        self.bytes_per_second = bytes_per_second
        self.lock = threading.Lock()
        # Of every GET of a file: bytes of the body that the socket took.
        self.sent = 0
        # (origin, method, path, Authorization)
        self.requests = []
        # Of whole and partial bodies, by path: how often one began.
        self.bodies = {}
        # Called with (origin, path, content) before a body is sent; gives the content that is sent.
        self.spoil = None
        # Repositories that nobody gets.
        self.gated = set()
        self.hub = self._serve("hub")
        self.cdn = self._serve("cdn")

    @property
    def endpoint(self):
        return f"{self.scheme}://127.0.0.1:{self.hub.server_port}"

    @property
    def scheme(self):
        return "https" if self.tls else "http"

    def _serve(self, origin):
        stand_in = self

        class Handler(_Handler):
            pass

        Handler.stand_in, Handler.origin = stand_in, origin
        server = _Server(("127.0.0.1", 0), Handler)
        if self.tls:
            server.socket = self.tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def reset(self):
        with self.lock:
            self.sent, self.requests, self.bodies = 0, [], {}

    def stop(self):
        self.hub.shutdown()
        self.cdn.shutdown()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Clients that are killed are what this is for."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_HEAD(self):
        self._answer()

    def do_GET(self):
        self._answer()

    def _answer(self):
        path = urllib.parse.unquote(self.path.split("?")[0])
        with self.stand_in.lock:
            self.stand_in.requests.append((self.origin, self.command, self.path, self.headers.get("Authorization")))
        if self.origin == "cdn":
            repository, _, name = path[1:].partition("//")
            self._send_file(path, self.stand_in.repositories[repository][name])
            return
        if self.stand_in.token and self.headers.get("Authorization") != f"Bearer {self.stand_in.token}":
            self._send(401, {"X-Error-Message": "Invalid username or password."})
            return
        for repository in self.stand_in.gated:
            if path.startswith((f"/api/models/{repository}/", f"/{repository}/")):
                self._send(403, {"X-Error-Code": "GatedRepo", "X-Error-Message": f"no access with {TOKEN_ECHO}"})
                return
        for repository, files in self.stand_in.repositories.items():
            if path in (f"/api/models/{repository}/revision/main", f"/api/models/{repository}/revision/{COMMIT}",
                        f"/api/models/{repository}"):
                siblings = [{"rfilename": name} for name in sorted(files)]
                self._send_json({"id": repository, "sha": COMMIT, "siblings": siblings, "private": False, "tags": []})
                return
            if path in (f"/api/models/{repository}/tree/{COMMIT}", f"/api/models/{repository}/tree/main"):
                self._send_json([self._entry(name, content) for name, content in sorted(files.items())])
                return
            for revision in ("main", COMMIT):
                prefix = f"/{repository}/resolve/{revision}/"
                if path.startswith(prefix):
                    self._resolve(repository, path[len(prefix):], files)
                    return
        self._send(404, {"X-Error-Code": "RepoNotFound"})

    @staticmethod
    def _entry(name, content):
        entry = {"type": "file", "path": name, "size": len(content), "oid": git_hash(content)}
        if len(content) > LARGE:
            entry["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
        return entry

    def _resolve(self, repository, name, files):
        content = files.get(name)
        if content is None:
            self._send(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
            return
        if len(content) <= LARGE:
            self._send_file(f"/{repository}/{name}", content,
                            {"ETag": f'"{git_hash(content)}"', "X-Repo-Commit": COMMIT})
            return
        # Another name of this machine: huggingface_hub 1 compares hosts without their ports.
        location = f"{self.stand_in.scheme}://localhost:{self.stand_in.cdn.server_port}/{repository}//{name}?signature=planted-signature"
        self._send(302, {
            "Location": location, "X-Repo-Commit": COMMIT, "X-Linked-Size": str(len(content)),
            "X-Linked-Etag": f'"{hashlib.sha256(content).hexdigest()}"', "ETag": f'"{git_hash(content)}"',
        })

    def _send_json(self, value):
        self._send(200, {"Content-Type": "application/json"}, json.dumps(value).encode())

    def _send(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def _send_file(self, path, content, headers=None):
        start = 0
        wanted = self.headers.get("Range")
        if wanted and wanted.startswith("bytes=") and wanted.endswith("-"):
            start = int(wanted[len("bytes="):-1])
        if start >= len(content) > 0:
            self._send(416, {"Content-Range": f"bytes */{len(content)}"})
            return
        if self.stand_in.spoil:
            content = self.stand_in.spoil(self.origin, path, content)
        body = memoryview(content)[start:]
        self.send_response(206 if start else 200)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "GET":
            return
        with self.stand_in.lock:
            self.stand_in.bodies[path] = self.stand_in.bodies.get(path, 0) + 1
        piece = 64 << 10
        for offset in range(0, len(body), piece):
            part = body[offset:offset + piece]
            try:
                self.wfile.write(part)
            except OSError:
                self.close_connection = True
                return
            with self.stand_in.lock:
                self.stand_in.sent += len(part)
            if self.stand_in.bytes_per_second:
                time.sleep(len(part) / self.stand_in.bytes_per_second)
