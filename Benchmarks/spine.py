#!/usr/bin/env python3
"""Measures the spine on the running demo: how fast a push, a deleted pod and a hand edit come round, and what it costs.

Usage: spine.py [--rounds N] [--belay PATH] [--repository PATH]; needs the demo (`make demo`) and root.
"""

import argparse
import http.client
import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Api(http.client.HTTPConnection):
    """The service's Kubernetes API over its unix socket."""

    def __init__(self, path):
        super().__init__("belay")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def ask(path, method="GET", target="", body=None, kind="application/json"):
    api = Api(path)
    api.request(method, target, json.dumps(body) if body is not None else None, {"Content-Type": kind})
    reply = api.getresponse()
    data = reply.read()
    api.close()
    if reply.status >= 300:
        raise RuntimeError(f"{method} {target}: {reply.status} {data[:200]!r}")
    return json.loads(data) if data else None


class Watch(threading.Thread):
    """Notes when each object of a collection was seen in each state, by the clock of this process."""

    def __init__(self, path, target):
        super().__init__(daemon=True)
        self.seen = threading.Condition()
        self.events = []
        self.api = Api(path)
        self.api.request("GET", f"{target}?watch=true")
        self.reply = self.api.getresponse()
        self.start()

    def run(self):
        while line := self.reply.readline():
            with self.seen:
                self.events.append((time.monotonic(), json.loads(line)))
                self.seen.notify_all()

    def wait(self, since, accepts, timeout=30):
        """The time of the first event after `since` that `accepts`."""
        deadline = time.monotonic() + timeout
        with self.seen:
            while True:
                for at, event in self.events:
                    if at >= since and accepts(event):
                        return at
                if not self.seen.wait(deadline - time.monotonic()) and time.monotonic() > deadline:
                    raise TimeoutError("what was waited for did not happen")


def is_ready(pod):
    conditions = pod.get("status", {}).get("conditions", [])
    return not pod["metadata"].get("deletionTimestamp") and any(
        c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def show(name, times, unit="ms"):
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    print(f"{name:<52} median {statistics.median(times):8.1f} {unit}   95th {p95:8.1f}   "
          f"min {ordered[0]:8.1f}   n={len(times)}", flush=True)


def settle(path, namespace, app):
    """Waits until the old pods of an application are gone."""
    for _ in range(200):
        pods = ask(path, target=f"/api/v1/namespaces/{namespace}/pods?labelSelector=app%3D{app}")["items"]
        if pods and all(is_ready(p) for p in pods):
            return pods
        time.sleep(0.1)
    raise TimeoutError(f"{app} does not settle")


def pushes(path, repository, rounds):
    with tempfile.TemporaryDirectory() as folder:
        def git(*words):
            subprocess.run(["git", "-C", folder, "-c", "user.name=Bench", "-c", "user.email=bench@example.org", *words],
                           check=True, capture_output=True)
        subprocess.run(["git", "clone", "-q", repository, folder], check=True)
        overlay = pathlib.Path(folder, "apps/web/overlays/dev/kustomization.yaml")
        overlay.write_text(re.sub(r"count: \d+", "count: 1", overlay.read_text()))
        subprocess.run(["git", "-C", folder, "-c", "user.name=Bench", "-c", "user.email=b@example.org", "commit", "-qam",
                        "One replica"], capture_output=True)
        git("push", "-q")
        time.sleep(3)
        watch = Watch(path, "/api/v1/namespaces/shop-dev/pods")
        times = []
        for number in range(rounds):
            known = {p["metadata"]["name"] for p in settle(path, "shop-dev", "web")}
            text = re.sub(r'"?BANNER=[^\n]*', f'"BANNER=Round {number} at {time.time()}"', overlay.read_text())
            overlay.write_text(text)
            git("commit", "-qam", f"Round {number}")
            began = time.monotonic()
            git("push", "-q")
            pushed = time.monotonic()
            ready = watch.wait(began, lambda e: e["object"]["metadata"]["name"] not in known
                               and e["object"]["metadata"]["labels"].get("app") == "web" and is_ready(e["object"]))
            times.append(((ready - pushed) * 1000, (ready - began) * 1000))
            time.sleep(0.3)
        show("push returned -> new pod Ready", [t[0] for t in times])
        show("push started -> new pod Ready", [t[1] for t in times])


def deletions(path, rounds):
    watch = Watch(path, "/api/v1/namespaces/shop-dev/pods")
    times = []
    for _ in range(rounds):
        pods = settle(path, "shop-dev", "web")
        known = {p["metadata"]["name"] for p in pods}
        began = time.monotonic()
        ask(path, "DELETE", f"/api/v1/namespaces/shop-dev/pods/{pods[0]['metadata']['name']}")
        ready = watch.wait(began, lambda e: e["object"]["metadata"]["name"] not in known
                           and e["object"]["metadata"]["labels"].get("app") == "web" and is_ready(e["object"]))
        times.append((ready - began) * 1000)
        time.sleep(1.5)
    show("pod deleted -> replacement Ready", times)


def edits(path, rounds):
    target = "/apis/apps/v1/namespaces/shop-dev/deployments/web"
    watch = Watch(path, "/apis/apps/v1/namespaces/shop-dev/deployments")
    times = []
    for number in range(rounds):
        wish = {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 100 + number}}}}
        began = time.monotonic()
        ask(path, "PATCH", target + "?fieldManager=hand", wish, "application/merge-patch+json")
        back = watch.wait(began, lambda e: e["object"]["metadata"]["name"] == "web" and e["type"] == "MODIFIED" and
                          e["object"]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 5)
        times.append((back - began) * 1000)
        settle(path, "shop-dev", "web")
        time.sleep(8)
    show("hand edit of a Deployment -> reverted", times)


def starts(path, rounds):
    """From the API object to the program's first instruction: the program prints its clock."""
    times = []
    for number in range(rounds):
        name = f"bench-{os.getpid()}-{number}"
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"},
               "spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "containers": [
                   {"name": "a", "image": "localhost/debian:12", "command": ["/bin/date", "+%s.%N"]}]}}
        began = time.time()
        ask(path, "POST", "/api/v1/namespaces/default/pods", pod)
        for _ in range(400):
            state = ask(path, target=f"/api/v1/namespaces/default/pods/{name}")
            if state.get("status", {}).get("phase") in ("Succeeded", "Failed"):
                break
            time.sleep(0.01)
        api = Api(path)
        api.request("GET", f"/api/v1/namespaces/default/pods/{name}/log")
        times.append((float(api.getresponse().read().decode().strip()) - began) * 1000)
        api.close()
        ask(path, "DELETE", f"/api/v1/namespaces/default/pods/{name}?gracePeriodSeconds=0")
        time.sleep(0.15)
    show("pod object sent -> its program runs (network, too)", times)


def pids(pattern):
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if re.search(pattern, words[0].decode(errors="replace")) and (len(words) > 1):
                found.append((int(folder.name), [w.decode(errors="replace") for w in words]))
        except OSError:
            continue
    return found


def costs(seconds):
    service = next(pid for pid, words in pids(r"(^|/)belay$") if "up" in words or "serve" in words)

    def ticks():
        fields = pathlib.Path(f"/proc/{service}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    before, began = ticks(), time.monotonic()
    time.sleep(seconds)
    share = (ticks() - before) / os.sysconf("SC_CLK_TCK") / (time.monotonic() - began) * 100
    rollup = pathlib.Path(f"/proc/{service}/smaps_rollup").read_text()
    rss = int(re.search(r"^Rss:\s+(\d+)", rollup, re.M).group(1)) / 1024
    anonymous = int(re.search(r"^Private_Dirty:\s+(\d+)", rollup, re.M).group(1)) / 1024
    print(f"{'service idle':<52} {rss:.1f} MiB RSS ({anonymous:.1f} MiB private dirty), {share:.2f} % of a core "
          f"over {seconds} s")
    shims = []
    for pid, words in pids(r"belay-shim"):
        try:
            text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
            shims.append(int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1)))
        except OSError:
            continue
    if shims:
        print(f"{'shim':<52} {statistics.mean(shims):.0f} kB PSS on average, {max(shims)} at most, {len(shims)} of them")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--socket", default="/run/belay/belay.sock")
    parser.add_argument("--repository", default=str(ROOT / ".demo/shop.git"))
    parser.add_argument("--only", default="costs,starts,pushes,deletions,edits")
    options = parser.parse_args()
    chosen = options.only.split(",")
    if "costs" in chosen:
        costs(20)
    if "starts" in chosen:
        starts(options.socket, 50)
    if "pushes" in chosen:
        pushes(options.socket, options.repository, options.rounds)
    if "deletions" in chosen:
        deletions(options.socket, options.rounds)
    if "edits" in chosen:
        edits(options.socket, options.rounds)


if __name__ == "__main__":
    main()
