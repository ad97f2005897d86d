"""A worker over HTTP, with nothing but Python's standard library.

    RELAY_URL=http://127.0.0.1:8080 python3 worker.py
"""

import json
import os
import signal
import threading
import traceback
import urllib.error
import urllib.request
import uuid

URL = os.environ.get("RELAY_URL", "http://127.0.0.1:8080")
KEY = os.environ.get("RELAY_API_KEY")
WORKER_ID = f"python.{os.getpid()}"
LEASE_MS = 10_000
WAIT_MS = 5_000

stopping = threading.Event()


def welcome(payload):
    return {"greeting": f"Welcome, {payload['name']}!", "to": payload["to"]}


HANDLERS = {"welcome": welcome}


def call(path, body, timeout=10):
    """Sends it until it is answered. The key makes a repeated request answer as the first did."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
    if KEY:
        headers["Authorization"] = f"Bearer {KEY}"
    data = json.dumps(body).encode()
    for attempt in range(6):
        try:
            request = urllib.request.Request(URL + path, data, headers)
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429:
                raise
        except OSError:
            pass  # No answer: tried again below.
        stopping.wait(min(2, 0.1 * 2**attempt))
    raise TimeoutError(f"no answer from {URL}{path}")


def keep_alive(token, ended):
    """The heartbeat of one job, in a thread of its own."""
    while not ended.wait(LEASE_MS / 3_000):
        call("/v1/leases/extend", {"items": [{"leaseToken": token, "leaseMs": LEASE_MS}]})


def run(lease):
    job, token = lease["job"], lease["leaseToken"]
    handler = HANDLERS.get(job["type"])
    if handler is None:
        return {"leaseToken": token, "outcome": "release", "delayMs": 5_000}
    ended = threading.Event()
    threading.Thread(target=keep_alive, args=(token, ended), daemon=True).start()
    try:
        return {"leaseToken": token, "outcome": "complete", "result": handler(job["payload"])}
    except Exception as error:  # Whatever a handler raises is a failed attempt.
        told = {
            "name": type(error).__name__,
            "message": str(error)[:2_000],
            "stack": traceback.format_exc()[-8_000:],
        }
        return {"leaseToken": token, "outcome": "fail", "error": told}
    finally:
        ended.set()


def main():
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    claim = {
        "workerId": WORKER_ID,
        "queues": ["emails"],
        "max": 1,
        "leaseMs": LEASE_MS,
        "waitMs": WAIT_MS,
    }
    print("working", flush=True)
    while not stopping.is_set():
        for lease in call("/v1/leases", claim, timeout=WAIT_MS / 1_000 + 10)["leases"]:
            item = run(lease)
            result = call("/v1/leases/settle", {"items": [item]})["results"][0]
            print(item["outcome"], lease["job"]["id"], result["status"], flush=True)
    print("stopped", flush=True)


if __name__ == "__main__":
    main()
