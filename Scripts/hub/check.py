# SPDX-License-Identifier: Apache-2.0
"""Downloads with the built program from a stand-in Hub, as rough as the world is.

    check.py PROGRAM PART…        parts: commands network offline terminal secrets kills shared disk; --kills N, --rounds N

Each Python interpreter named by --hub-python has a huggingface_hub; the cache is shared with all of them.
"""

import argparse
import contextlib
import hashlib
import json
import os
import pathlib
import pty
import random
import re
import resource
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import stand_in
from proxy import Proxy
from stand_in import COMMIT, NEEDED, StandIn, model_files

TOKEN = "hf_PlantedTokenThatNobodyMaySee"
PASSWORD = "PlantedPasswordThatNobodyMaySee"
# Says what huggingface_hub brought, and where from.
SNAPSHOT = """
import sys
from huggingface_hub import snapshot_download
print(snapshot_download(sys.argv[1], ignore_patterns=["onnx/*", "README.md"], local_files_only=sys.argv[2] == "offline"))
"""


class Check:
    def __init__(self, arguments):
        self.program = os.path.abspath(arguments.program)
        self.pythons = arguments.hub_python
        self.arguments = arguments
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="check-hub-"))
        self.outputs = []

    # --- Running --------------------------------------------------------------------------------------------------

    def environment(self, cache, hub, **more):
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.scratch / "home"), "HF_HUB_CACHE": str(cache),
            "HF_ENDPOINT": hub.endpoint, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "NO_PROXY": "*",
        }
        environment.update(more)
        return {name: value for name, value in environment.items() if value is not None}

    def start(self, cache, hub, *arguments, preexec=None, **more):
        return subprocess.Popen(
            [self.program, *arguments], env=self.environment(cache, hub, **more), cwd="/", stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, preexec_fn=preexec, restore_signals=False)

    def finish(self, process, status=0):
        output, errors = process.communicate(timeout=300)
        self.outputs += [output, errors]
        if status is not None and process.returncode != status:
            fail(f"{process.args} ended with {process.returncode} instead of {status}:\n{output}{errors}")
        return output, errors

    def run(self, cache, hub, *arguments, status=0, **more):
        return self.finish(self.start(cache, hub, *arguments, **more), status)

    def start_python(self, python, cache, hub, repository, how="online"):
        more = {"HF_HUB_OFFLINE": "1"} if how == "offline" else {}
        return subprocess.Popen(
            [python, "-B", "-c", SNAPSHOT, repository, how], env=self.environment(cache, hub, **more), cwd="/",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    # --- Looking --------------------------------------------------------------------------------------------------

    def cache(self, name):
        path = self.scratch / name
        shutil.rmtree(path, ignore_errors=True)
        return path

    def snapshot(self, cache, repository):
        return cache / ("models--" + repository.replace("/", "--")) / "snapshots" / COMMIT

    def verify(self, cache, repository, files):
        """Every needed file is there and right."""
        for name in NEEDED:
            path = self.snapshot(cache, repository) / name
            if not path.is_file():
                fail(f"{path} is not there")
            if hashlib.sha256(path.read_bytes()).digest() != hashlib.sha256(files[name]).digest():
                fail(f"{path} is not what the Hub has")
            if not path.is_symlink() or not os.readlink(path).startswith("../../"):
                fail(f"{path} is no relative link")

    def verify_nothing_bad(self, cache, repository, files):
        """Whatever can be seen in the snapshot is right."""
        folder = self.snapshot(cache, repository)
        for path in folder.rglob("*"):
            if path.is_dir():
                continue
            name = str(path.relative_to(folder))
            if path.read_bytes() != files[name]:
                fail(f"{path} can be seen and is wrong")

    # --- Parts ----------------------------------------------------------------------------------------------------

    def commands(self):
        files = model_files(1, 3_000_000)
        hub = StandIn({"org/one": files}, token=TOKEN)
        cache = self.cache("commands")
        output, errors = self.run(cache, hub, "pull", "org/one")
        if output.strip() != str(self.snapshot(cache, "org/one")):
            fail(f"pull says {output!r}")
        if "downloading org/one: 5 files" not in errors:
            fail(f"pull tells nothing of the download: {errors!r}")
        self.verify(cache, "org/one", files)
        if any(authorization for origin, _, _, authorization in hub.requests if origin == "cdn"):
            fail("the token went to another origin")
        listed = json.loads(self.run(cache, hub, "list", "--json")[0])
        if [(model["id"], model["revisions"], model["complete"]) for model in listed] != [("org/one", ["main"], True)]:
            fail(f"list says {listed}")
        pulled = json.loads(self.run(cache, hub, "pull", "--json", f"org/one@{COMMIT}")[0])
        if sorted(pulled["files"]) != NEEDED or pulled["commit"] != COMMIT:
            fail(f"pull --json says {pulled}")
        hub.reset()
        self.run(cache, hub, "pull", "org/one", "--offline")
        self.run(cache, hub, "pull", "org/other", status=1, HF_HUB_OFFLINE="1")
        self.run(cache, hub, "tokenize", "--model", "org/other", "a", status=1, HF_HUB_OFFLINE="1")
        if hub.requests:
            fail(f"offline, and yet it asked {hub.requests}")
        hub.token = "another"
        _, errors = self.run(cache, hub, "pull", "org/one", status=1)
        if "HF_TOKEN" not in errors and "token" not in errors:
            fail(f"a refusal that doesn't help: {errors}")
        hub.token = TOKEN
        _, errors = self.run(cache, hub, "pull", "org/onne", status=1)
        if "there is no model org/onne" not in errors:
            fail(f"a refusal that doesn't help: {errors}")
        self.run(cache, hub, "rm", "org/one")
        if json.loads(self.run(cache, hub, "list", "--json")[0]):
            fail("rm has removed nothing")
        hub.spoil = lambda origin, path, content: content[:-1] + bytes([content[-1] ^ 1]) if origin == "cdn" else content
        _, errors = self.run(cache, hub, "pull", "org/one", status=1)
        if "refused and removed" not in errors or self.snapshot(cache, "org/one").exists():
            fail(f"a wrong content was taken: {errors}")
        hub.spoil = None
        self.run(cache, hub, "pull", "org/one")
        self.verify(cache, "org/one", files)
        hub.stop()
        return "pull, list, rm, offline, refusals, wrong contents"

    def kills(self):
        """Killed at a random moment, begun again until the end."""
        count, generator = self.arguments.kills, random.Random(7)
        files = model_files(2, self.arguments.megabytes * 1_000_000)
        hub = StandIn({"org/one": files}, token=TOKEN, bytes_per_second=self.arguments.megabytes * 1_000_000)
        total = sum(len(files[name]) for name in NEEDED)
        worst, resumed = 0.0, 0
        for round in range(count):
            cache = self.cache("kills")
            hub.reset()
            process = self.start(cache, hub, "pull", "org/one")
            time.sleep(generator.uniform(0.0, 1.2))
            process.send_signal(signal.SIGKILL)
            self.finish(process, status=None)
            self.verify_nothing_bad(cache, "org/one", files)
            _, errors = self.run(cache, hub, "pull", "org/one")
            resumed += "resumed" in errors
            self.verify(cache, "org/one", files)
            worst = max(worst, hub.sent / total)
            if hub.sent > 1.1 * total:
                fail(f"round {round}: {hub.sent} bytes were sent for {total}")
        hub.stop()
        return f"{count} kills: all right at the end, {resumed} resumed, at most {worst:.3f} times the bytes"

    def shared(self):
        """Both ways through one cache, then all at once."""
        files = {f"org/{name}": model_files(seed, 6_000_000) for seed, name in enumerate(("one", "two", "three"), 10)}
        hub = StandIn(files, token=TOKEN)
        for python in self.pythons:
            cache = self.cache("shared")
            self.run(cache, hub, "pull", "org/one")
            hub.reset()
            for how in ("offline", "online"):
                output, _ = self.finish(self.start_python(python, cache, hub, "org/one", how))
                if output.strip() != str(self.snapshot(cache, "org/one")):
                    fail(f"{python} finds {output}")
            if hub.bodies:
                fail(f"{python} fetched again: {hub.bodies}")
            self.finish(self.start_python(python, cache, hub, "org/two"))
            hub.reset()
            self.run(cache, hub, "pull", "org/two")
            listed = json.loads(self.run(cache, hub, "list", "--json", HF_HUB_OFFLINE="1")[0])
            if not all(model["complete"] for model in listed) or len(listed) != 2:
                fail(f"list says {listed}")
            if hub.bodies:
                fail(f"the program fetched again: {hub.bodies}")
            self.verify(cache, "org/one", files["org/one"])
            self.verify(cache, "org/two", files["org/two"])
        rounds = self.arguments.rounds if self.pythons else 0
        for _ in range(rounds):
            cache = self.cache("crowd")
            hub.reset()
            crowd = [self.start(cache, hub, "pull", "org/three") for _ in range(4)]
            crowd += [self.start_python(self.pythons[index % len(self.pythons)], cache, hub, "org/three")
                      for index in range(2)]
            for process in crowd:
                self.finish(process)
            self.verify(cache, "org/three", files["org/three"])
            twice = {path: count for path, count in hub.bodies.items() if count != 1}
            if twice:
                fail(f"fetched more than once: {twice}")
            left = [path.name for path in cache.rglob("*.incomplete")]
            if left:
                fail(f"left behind: {left}")
        hub.stop()
        return f"{len(self.pythons)} versions of huggingface_hub both ways; {rounds} rounds of 4 + 2 at once, one download a file"

    def disk(self):
        """Space that ends during a download, and comes back."""
        files = model_files(3, 8_000_000)
        hub = StandIn({"org/one": files}, token=TOKEN)
        cache = self.cache("disk")

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, resource.RLIM_INFINITY))

        _, errors = self.run(cache, hub, "pull", "org/one", preexec=limit, status=1)
        if "too large for this system's limits" not in errors or str(cache) not in errors:
            fail(f"a limit on files gives: {errors}")
        self.run(cache, hub, "pull", "org/one")
        self.verify(cache, "org/one", files)
        parts = ["a limit on files"]
        mounted = self.scratch / "small"
        mounted.mkdir()
        if os.getuid() == 0 and subprocess.run(
                ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(mounted)], stderr=subprocess.DEVNULL).returncode == 0:
            try:
                cache = mounted / "cache"
                _, errors = self.run(cache, hub, "pull", "org/one", status=1)
                if "bytes are needed" not in errors or str(cache) not in errors:
                    fail(f"a small disk gives: {errors}")
                # The disk fills while the file comes.
                subprocess.run(["mount", "-o", "remount,size=12m", str(mounted)], check=True)
                hub.bytes_per_second = 4_000_000
                process = self.start(cache, hub, "pull", "org/one")
                time.sleep(0.7)
                try:
                    (mounted / "other").write_bytes(bytes(12_000_000))
                except OSError:
                    pass
                _, errors = self.finish(process, status=1)
                hub.bytes_per_second = None
                if "bytes are needed" not in errors or str(cache) not in errors:
                    fail(f"a disk that fills gives: {errors}")
                self.verify_nothing_bad(cache, "org/one", files)
                (mounted / "other").unlink()
                hub.reset()
                _, errors = self.run(cache, hub, "pull", "org/one")
                self.verify(cache, "org/one", files)
                if "resumed" not in errors:
                    fail(f"it began again: {errors}")
                parts.append("a small disk, a disk that fills, space that comes back")
            finally:
                subprocess.run(["umount", str(mounted)], check=False)
        hub.stop()
        return "; ".join(parts)

    def network(self):
        """Proxies and certificates."""
        files = model_files(4, 1_000_000)
        hub = StandIn({"org/one": files}, token=TOKEN)

        def pull(hub, name, status=0, **more):
            cache = self.cache(name)
            _, errors = self.run(cache, hub, "pull", "org/one", status=status, **more)
            if status == 0:
                self.verify(cache, "org/one", files)
            return errors

        proxy, open_proxy = Proxy(f"me:{PASSWORD}"), Proxy()
        pull(hub, "proxied", NO_PROXY=None, http_proxy=f"http://me:{PASSWORD}@{proxy.address}")
        if len({target for _, target in proxy.requests}) < 2:
            fail(f"the proxy was asked {proxy.requests}, and both servers should be behind it")
        count = len(proxy.requests)
        pull(hub, "direct", NO_PROXY="127.0.0.1,localhost", http_proxy=f"http://me:{PASSWORD}@{proxy.address}")
        if len(proxy.requests) != count:
            fail("NO_PROXY was not obeyed")
        errors = pull(hub, "refused", status=1, NO_PROXY=None, http_proxy=f"http://me:wrong@{proxy.address}")
        if "407" not in errors:
            fail(f"a proxy that refuses gives: {errors}")

        certificate = self.certificate()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, self.scratch / "key.pem")
        secure = StandIn({"org/one": files}, token=TOKEN, tls=context)
        pull(secure, "secure", SSL_CERT_FILE=str(certificate))
        errors = pull(secure, "untrusted", status=1)
        if "CERTIFICATE_VERIFY_FAILED" not in errors or "SSL_CERT_FILE" not in errors:
            fail(f"a certificate that nobody trusts gives: {errors}")
        errors = pull(secure, "none", status=1, SSL_CERT_FILE="/nonexistent/ca.pem")
        if "SSL_CERT_FILE" not in errors or "/nonexistent/ca.pem" not in errors:
            fail(f"certificates that are not there give: {errors}")
        pull(secure, "tunnel", NO_PROXY=None, https_proxy=f"http://me:{PASSWORD}@{proxy.address}",
             SSL_CERT_FILE=str(certificate))
        tunnels = [target for method, target in proxy.requests[count:] if method == "CONNECT"]
        if not tunnels or len(tunnels) != len(proxy.requests) - count:
            fail(f"https went through the proxy as {proxy.requests[count:]}")
        pull(secure, "open", NO_PROXY=None, HTTPS_PROXY=f"http://{open_proxy.address}", SSL_CERT_FILE=str(certificate))
        if not open_proxy.requests:
            fail("HTTPS_PROXY was not used")
        for server in (hub, secure, proxy, open_proxy):
            server.stop()
        return f"{count} requests through a proxy with a password, {len(tunnels)} tunnels, https by a certificate of its own"

    def certificate(self):
        path = self.scratch / "certificate.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
             "-keyout", str(self.scratch / "key.pem"), "-out", str(path)], check=True, stderr=subprocess.DEVNULL)
        return path

    def offline(self):
        """With the files present nothing is sent; without them a person is told what to set."""
        model = pathlib.Path(__file__).resolve().parents[2] / "Tests/Fixtures/Models/new-format"
        files = {str(path.relative_to(model)): path.read_bytes() for path in model.rglob("*") if path.is_file()}
        hub = StandIn({"org/one": files}, token=TOKEN)
        cache = self.cache("offline")
        self.run(cache, hub, "pull", "org/one")
        hub.reset()
        asked = []
        commands = {"embed": ["embed", "--model", "org/one", "a"], "pull": ["pull", f"org/one@{COMMIT}"]}
        for more in ({}, {"HF_HUB_OFFLINE": "1"}):
            for name, arguments in commands.items():
                asked += self.connections(cache, hub, arguments, more)
            with self.server(cache, hub, "org/one", trace=True, **more) as (port, trace):
                body = json.dumps({"model": "one", "input": "a"}).encode()
                self.ask(port, "/v1/embeddings", body)
            asked += self.traced(trace)
        if asked or hub.requests:
            fail(f"with the files present it connected to {asked}, and asked {hub.requests}")
        _, errors = self.run(cache, hub, "embed", "--model", "org/two", "a", status=1, HF_HUB_OFFLINE="1")
        if "HF_HUB_OFFLINE" not in errors or "embedder pull org/two" not in errors or hub.requests:
            fail(f"without the files: {errors}")
        hub.stop()
        how = "strace saw no connection" if shutil.which("strace") else "the hub saw no request"
        return f"embed, pull and serve with the files present, offline or not: {how}"

    def connections(self, cache, hub, arguments, more):
        trace = self.scratch / "trace"
        if not shutil.which("strace"):
            self.run(cache, hub, *arguments, **more)
            return []
        process = subprocess.Popen(
            ["strace", "-f", "-qq", "-e", "trace=connect,sendto", "-o", str(trace), self.program, *arguments],
            env=self.environment(cache, hub, **more), cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.finish(process)
        return self.traced(trace)

    @staticmethod
    def traced(trace):
        if trace is None or not trace.exists():
            return []
        return [line for line in trace.read_text().splitlines() if "connect(" in line and "AF_UNIX" not in line]

    @contextlib.contextmanager
    def server(self, cache, hub, *arguments, trace=False, **more):
        """Runs a server; gives its port, and the file of its system calls if there is one."""
        path = self.scratch / "server-trace" if trace and shutil.which("strace") else None
        command = [self.program, "serve", "--port", "0", "--threads", "1", "--log-level", "trace", "--log-format", "json"]
        if path:
            command = ["strace", "-f", "-qq", "-e", "trace=connect", "-o", str(path)] + command
        process = subprocess.Popen(
            command + list(arguments), env=self.environment(cache, hub, **more), cwd="/", stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)
        lines, port = [], None
        while port is None:
            line = process.stderr.readline()
            if not line:
                fail(f"the server ended: {''.join(lines)}")
            lines.append(line)
            found = re.search(r'"url":"http://[^"]*:(\d+)"', line)
            port = found and int(found.group(1))
        reader = threading.Thread(target=lambda: lines.extend(process.stderr), daemon=True)
        reader.start()
        try:
            yield port, path
        finally:
            # strace passes no signal on.
            children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split() if path else []
            for identifier in children or [process.pid]:
                os.kill(int(identifier), signal.SIGTERM)
            process.wait(timeout=30)
            reader.join(timeout=30)
            self.outputs.append("".join(lines))

    def ask(self, port, path, body=None, status=200):
        """The answer to a request, which is one more output."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}", data=body, headers={"Content-Type": "application/json"} if body else {})
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
                found, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            found, text = error.code, error.read().decode()
        self.outputs.append(text)
        if found != status:
            fail(f"{path} answered {found}: {text}")
        return text

    def secrets(self):
        """A server with a token through all that may go wrong, everything it says kept for the search at the end."""
        files = model_files(5, 100_000)
        names = ["org/gated", "org/cut", "org/wrong", "org/absent"]
        hub = StandIn({name: files for name in names[:3]}, token=TOKEN)
        hub.gated = {"org/gated"}

        def spoil(origin, path, content):
            return content[:-1] + b"x" if "wrong" in path and origin == "cdn" else content

        hub.spoil = spoil
        listed = self.scratch / "list.txt"
        listed.write_text("\n".join(names))
        model = pathlib.Path(__file__).resolve().parents[2] / "Tests/Fixtures/Models/new-format"
        cache = self.cache("secrets")
        with self.server(cache, hub, str(model), "--allowlist", str(listed)) as (port, _):
            for name in names:
                self.ask(port, "/v1/embeddings", json.dumps({"model": name, "input": "a"}).encode(), status=500)
            for path in ("/info", "/metrics", "/v1/models", "/openapi.json", "/health"):
                self.ask(port, path)
        if not hub.requests:
            fail("the hub was not asked")
        seen = [origin for origin, _, _, authorization in hub.requests if authorization]
        if set(seen) != {"hub"}:
            fail(f"the token went to {set(seen)}")
        _, errors = self.run(self.cache("gated"), hub, "pull", "org/gated", status=1)
        if f"{hub.endpoint}/org/gated" not in errors or "gated" not in errors:
            fail(f"a gated model gives: {errors}")
        _, errors = self.run(self.cache("gated"), hub, "pull", "org/gated", status=1, HF_HUB_DISABLE_IMPLICIT_TOKEN="1")
        if "HF_TOKEN" not in errors:
            fail(f"a gated model without a token gives: {errors}")
        self.run(self.cache("config"), hub, "serve", "--print-config", str(model))
        hub.stop()
        return "a server with models that are gated, damaged and absent: 5 pages, the log at level trace"

    def terminal(self):
        """A bar on a terminal, plain lines elsewhere."""
        hub = StandIn({"org/one": model_files(6, 6_000_000)}, token=TOKEN, bytes_per_second=6_000_000)
        cache = self.cache("terminal")
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [self.program, "pull", "org/one"], env=self.environment(cache, hub, TERM="xterm"), cwd="/",
            stdout=subprocess.PIPE, stderr=theirs, text=True)
        os.close(theirs)
        shown = b""
        while True:
            try:
                data = os.read(ours, 1 << 16)
            except OSError:
                break
            if not data:
                break
            shown += data
        os.close(ours)
        process.stdout.read()
        if process.wait(timeout=60) != 0:
            fail(f"pull on a terminal ended with {process.returncode}")
        text = shown.decode()
        self.outputs.append(text)
        bars = [part for part in text.split("\r\x1b[K") if "\u2588" in part or "\u2591" in part]
        if len(bars) < 3 or " of " not in bars[-1] or not text.endswith("\r\n"):
            fail(f"a terminal shows {text!r}")
        _, errors = self.run(self.cache("plain"), hub, "pull", "org/one")
        if "\x1b" in errors or "\r" in errors or "model.safetensors" not in errors:
            fail(f"without a terminal: {errors!r}")
        hub.stop()
        return f"{len(bars)} drawings of the bar on a terminal, {len(errors.splitlines())} plain lines without one"

    def no_secrets(self):
        text = "".join(self.outputs)
        for secret in (TOKEN, PASSWORD, "planted-signature"):
            if secret in text:
                fail("a secret stands in what the program says")
        return f"no token and no signature in {len(text)} bytes of output"


PARTS = ["commands", "network", "offline", "terminal", "secrets", "kills", "shared", "disk"]


def fail(reason):
    sys.exit(f"error: {reason}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--hub-python", action="append", default=[])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--megabytes", type=int, default=48, help="size of the weights that are downloaded under kills")
    check = Check(parser.parse_args())
    try:
        for part in check.arguments.parts:
            started = time.monotonic()
            found = getattr(check, part)()
            print(f"{part}: {found} ({time.monotonic() - started:.0f} s)", flush=True)
        print(check.no_secrets())
    finally:
        shutil.rmtree(check.scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
