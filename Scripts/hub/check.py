# SPDX-License-Identifier: Apache-2.0
"""Downloads with the built program from a stand-in Hub, as rough as the world is.

    check.py PROGRAM PART…        parts: commands kills shared disk; --kills N, --rounds N

Each Python interpreter named by --hub-python has a huggingface_hub; the cache is shared with all of them.
"""

import argparse
import hashlib
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import stand_in
from stand_in import COMMIT, NEEDED, StandIn, model_files

TOKEN = "hf_PlantedTokenThatNobodyMaySee"
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
        self.run(cache, hub, "pull", "org/one", "--offline", status=1)
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

    def no_secrets(self):
        text = "".join(self.outputs)
        for secret in (TOKEN, "planted-signature"):
            if secret in text:
                fail("a secret stands in what the program says")
        return f"no token and no signature in {len(text)} bytes of output"


def fail(reason):
    sys.exit(f"error: {reason}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("parts", nargs="+", choices=["commands", "kills", "shared", "disk"])
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
