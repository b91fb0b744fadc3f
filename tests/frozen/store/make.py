#!/usr/bin/env python3
"""Makes the kept store of a release: fills a fresh one with something of everything by the admin API and the webhook door, stops the
host, and keeps the file of its store with what the API answered.

    python3 tests/frozen/store/make.py target/release/hookbox 6

needs zstd. What is in a folder here is never made anew: see README.md."""

import http.server
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
PLUGIN = HERE.parent / "1.0.0" / "score-lead-rust.wasm.zst"
TOKEN = "the-admin-token-of-the-tests-0123456789"
KEY = "5e" * 32
LATER = "2036-01-01T00:00:00Z"
OFTEN = 50

# What is told of the moment or of the host and not of what is stored: left out of what is kept.
OF_THE_MOMENT = {"test_url", "granted_to", "health", "last_fault", "last_used_at", "seen_at"}


class Service(http.server.BaseHTTPRequestHandler):
    """The service that score-lead asks, and the carrier of an inbox."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        body = json.dumps({"score_bonus": 12} if self.path == "/enrich" else {"id": "carrier-1"}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Host:
    def __init__(self, program, data):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HOOKBOX")}
        environment |= {
            "HOOKBOX_ADMIN_TOKEN": TOKEN,
            "HOOKBOX_SECRET_KEY": KEY,
            "HOOKBOX__DISPATCH__ALLOWED_NETWORKS": "127.0.0.1/32",
            "HOOKBOX__SANDBOX__HTTP__ALLOWED_NETWORKS": "127.0.0.1/32",
            "HOOKBOX__STORE__BALLAST_BYTES": "0",
        }
        command = [program, "serve", "--data", data, "--listen", "127.0.0.1:0", "--json"]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.url = json.loads(self.process.stdout.readline())["listening"]
        self.workspace = None

    def ask(self, method, path, body=None, media="application/json", headers=None):
        headers = {"authorization": f"Bearer {TOKEN}"} | (headers or {})
        if self.workspace:
            headers["hookbox-workspace"] = self.workspace
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if data is not None:
            headers["content-type"] = media
        request = urllib.request.Request(f"{self.url}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{method} {path}: {error.code} {error.read().decode()}") from error

    def get(self, path):
        return self.ask("GET", f"/api/v1/{path}")

    def post(self, path, body):
        return self.ask("POST", f"/api/v1/{path}", body)

    def send(self, automation, key, body, headers=None):
        """Sends a request to a trigger; the id of its capture."""
        raw = json.dumps(body).encode()
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"} | (headers or {})
        request = urllib.request.Request(f"{self.url}/automations/{automation}", raw, headers, method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.headers["Hookbox-Capture-Id"]

    def until(self, capture, *states):
        """The run of a capture once it is in one of these states."""
        for _ in range(600):
            runs = self.get(f"captures/{capture}")["runs"]
            if runs:
                run = self.get(f"runs/{runs[0]}")
                if run["state"] in states:
                    return run
            time.sleep(0.1)
        raise SystemExit(f"{capture} does not come to {states}: {run}")

    def apply(self, document):
        saved = self.ask("PUT", "/api/v1/automations", document)
        return saved["id"], saved.get("key")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(60) != 0:
            raise SystemExit("the host did not stop in order")


def trigger(**further):
    return {
        "webhook": {
            "sample": {"phone_number": "12155556677", "first_name": "John", "company": "Acme"},
            "identifier": {"field": "phone", "from": "$.phone_number"},
            "map": [{"field": "first_name", "from": "$.first_name", "transforms": ["trim", "title"]}],
        }
        | further
    }


def person(number, name, **further):
    return {"phone_number": f"1215555{number:04}", "first_name": name} | further


def furnish(host, service):
    host.post("workspaces", {"name": "north", "country": "DE", "zone": "Europe/Berlin"})
    for path, record in [
        ("inboxes", {"name": "support"}),
        ("inboxes", {"name": "sales"}),
        ("members", {"name": "front-desk"}),
        ("lists", {"name": "customers"}),
        ("lists", {"name": "hot leads"}),
        ("fields", {"name": "tier", "kind": "choice", "options": ["gold", "silver"]}),
        ("fields", {"name": "birthday", "kind": "date"}),
        ("templates", {"name": "reminder", "body": "Dear {{contact.first_name}}, do not forget."}),
    ]:
        host.post(path, record)
    sales = next(inbox for inbox in host.get("inboxes")["items"] if inbox["name"] == "sales")
    channel = {"channel": {"webhook": {"url": f"{service}/messages", "unknown": "ask"}}}
    host.ask("PATCH", f"/api/v1/inboxes/{sales['id']}", channel)
    host.post("contacts", {"email": "bea@example.com", "fields": {"tier": "gold", "orders": 12}, "tags": ["vip"]})
    host.post("users", {"email": "cara@example.com", "name": "Cara", "role": "editor"})
    host.post("tokens", {"name": "ci", "scope": "viewer", "expires_in_days": 30})
    host.workspace = "north"
    host.post("inboxes", {"name": "nord"})
    host.post("contacts", {"phone": "030 901820", "fields": {"first_name": "Jörg"}})
    host.workspace = None


def plugin(host, service):
    component = subprocess.run(["zstd", "-dc", "--long=27", PLUGIN], check=True, capture_output=True).stdout
    version = host.ask("POST", "/api/v1/plugins", component, "application/wasm")["plugin"]["id"]
    host.post(f"plugins/{version}/approve", {"all": True, "activate": True})
    host.ask("PUT", "/api/v1/plugin-secrets", {"name": "enrich-key", "text": "k-7f3a91", "hosts": [f"POST {service}"]})
    settings = {
        "enrich_url": f"{service}/enrich",
        "api_key": "enrich-key",
        "threshold": 10,
        "list": "hot leads",
        "message": "Hi {first_name}",
    }
    steps = [{"name": "score", "action": "score-lead", "settings": settings}]
    return host.apply({"name": "Leads", "inbox": "sales", "trigger": trigger(), "steps": steps})


def fill(host, service):
    """Something of everything; what a test asks of it later."""
    furnish(host, service)
    leads, leads_key = plugin(host, service)
    host.until(host.send(leads, leads_key, person(1, "Ann", company="Acme", source="referral")), "succeeded")
    told = {"name": "tell", "action": "send-message", "settings": {"body": "Hi {{contact.first_name}}"}}
    later = {"name": "later", "action": "send-message", "settings": {"body": "Later", "send_at": LATER}}
    steps = [
        told,
        {"action": "assign-conversation", "settings": {"to": "front-desk"}},
        {"name": "tag", "action": "update-contact", "settings": {"add_tags": ["shipped"]}},
        {"action": "add-to-list", "settings": {"list": "customers"}},
    ]
    shipped, key = host.apply({"name": "Shipped", "inbox": "support", "trigger": trigger(), "steps": steps[:2]})
    host.apply({"name": "Shipped", "inbox": "support", "trigger": trigger(), "steps": steps})
    for number, name in [(2, "Ben"), (3, "Cleo")]:
        host.until(host.send(shipped, key, person(number, name), {"idempotency-key": f"order-{number}"}), "succeeded")
    dead = host.until(host.send(shipped, key, {"first_name": "nobody"}), "failed")
    host.post(f"runs/{dead['id']}/replay", {"from": "start", "version": "newest"})
    waits, waits_key = host.apply(
        {"name": "Waits", "inbox": "support", "trigger": trigger(), "steps": [later, {"wait": {"until": LATER}}, told]}
    )
    host.until(host.send(waits, waits_key, person(2, "Ben")), "waiting")
    host.until(host.send(waits, waits_key, person(4, "Dora")), "waiting")
    often, often_key = host.apply({"name": "Often", "inbox": "support", "trigger": trigger(), "steps": [told]})
    # More than a contact's row tells of.
    for _ in range(OFTEN):
        host.until(host.send(often, often_key, person(7, "Gil")), "succeeded")
    held, held_key = host.apply({"name": "Held", "inbox": "support", "trigger": trigger(), "steps": [told]})
    host.post(f"automations/{held}/state", {"state": "paused"})
    host.until(host.send(held, held_key, person(5, "Emil")), "held", "queued")
    host.post(f"automations/{held}/secrets", {})
    host.post(f"automations/{held}/keys", {"not_after": LATER})
    return {"automation": shipped, "key": key, "body": person(6, "Finn")}


def lasting(answer, url):
    """An answer without what is of the moment."""
    if isinstance(answer, list):
        return [lasting(item, url) for item in answer]
    if not isinstance(answer, dict):
        return answer
    of_host = {key for key, value in answer.items() if key == "url" and str(value).startswith(url)}
    return {key: lasting(value, url) for key, value in answer.items() if key not in OF_THE_MOMENT | of_host}


def shown(host):
    """What the API answers, by path."""
    answers = {}

    def keep(path, header=None):
        host.workspace = header
        answer = host.get(path)
        answers[f"{header or 'default'} {path}"] = lasting(answer, host.url)
        return answer

    for workspace in [None, "north"]:
        for path in ["inboxes", "members", "lists", "fields", "templates", "contacts", "conversations", "messages"]:
            keep(path, workspace)
        keep("audit", workspace)
    for path in ["workspaces", "plugin-secrets", "captures", "runs", "automations"]:
        keep(path)
    for path in ["contacts", "runs", "captures", "automations"]:
        for item in answers[f"default {path}"]["items"]:
            record = keep(f"{path}/{item['id']}")
            if path == "contacts":
                keep(f"runs?contact={record['id']}&brief=true")
                keep(f"messages?contact={record['id']}")
            if path == "automations":
                for further in ["keys", "secrets", "versions"]:
                    keep(f"automations/{record['id']}/{further}")
    leads = next(item for item in host.get("plugins")["items"] if item["manifest"]["name"] == "score-lead")
    keep(f"plugins/{leads['id']}")
    for workspace_list in answers["default lists"]["items"]:
        keep(f"lists/{workspace_list['id']}/contacts")
    host.workspace = None
    return answers


def main():
    program, schema = sys.argv[1:]
    folder = HERE / schema
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    service = f"http://127.0.0.1:{server.server_address[1]}"
    with tempfile.TemporaryDirectory() as home:
        data = f"{home}/data"
        host = Host(program, data)
        request = fill(host, service)
        time.sleep(3)  # until figures are written and the last message has left
        host.stop()
        # Once more, so that what is shown is what was stored and nothing is on its way.
        host = Host(program, data)
        answers = shown(host)
        host.stop()
        command = ["zstd", "-19", "--long=27", "-q", f"{data}/store.redb", "-o", str(folder / "store.redb.zst")]
        subprocess.run(command, check=True)
        (folder / "store.hwm").write_bytes(pathlib.Path(f"{data}/store.hwm").read_bytes())
    kept = {"key": KEY, "request": request, "answers": answers}
    text = json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    (folder / "expected.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
