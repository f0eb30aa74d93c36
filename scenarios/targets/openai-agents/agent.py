"""An agent built with the OpenAI Agents SDK, as in its quick start, with default settings: one tool that reads, one that writes and
one that moves money. With APPROVAL set, the SDK's approval gate is on for the transfer."""

import asyncio
import json
import os
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from agents import Agent, Runner, function_tool

API = os.environ["API_BASE"]
KEY = {"X-Api-Key": os.environ["API_KEY"]}


@function_tool
def get_account(id: str) -> str:
    """Shows an account with its balance."""
    return requests.get(f"{API}/accounts/{id}", headers=KEY).text


@function_tool
def add_note(text: str) -> str:
    """Leaves a note."""
    return requests.post(f"{API}/notes", headers=KEY, json={"text": text}).text


@function_tool(needs_approval=bool(os.environ.get("APPROVAL")))
def transfer(to: str, amount: float) -> str:
    """Moves money to another account."""
    return requests.post(f"{API}/transfers", headers=KEY, json={"to": to, "amount": amount}).text


AGENT = Agent(
    name="Bank assistant",
    instructions="You help customers of a bank with their accounts.",
    tools=[get_account, add_note, transfer],
)
LOOP = asyncio.new_event_loop()


WAITING = {}


def waiting(result):
    """Keeps a run that waits for an approval; returns its id and arguments."""
    id = uuid.uuid4().hex
    WAITING[id] = result
    return {"id": id, "arguments": json.loads(result.interruptions[0].raw_item.arguments)}


def approved(id):
    """The state of a waiting run, with its calls approved."""
    result = WAITING.pop(id)
    state = result.to_state()
    for interruption in result.interruptions:
        state.approve(interruption)
    return state


def asked(path, body):
    """The task in a request."""
    task = json.loads(body)["input"]
    if path != "/invoke" or not isinstance(task, str):
        raise ValueError
    return task


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "agent", ""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            task = approved(self.path.rpartition("/")[2]) if self.path.startswith("/approvals/") else asked(self.path, body)
        except (KeyError, TypeError, ValueError):
            self.say(400, {"error": "this is no task"})
            return
        try:
            result = asyncio.run_coroutine_threadsafe(Runner.run(AGENT, task), LOOP).result()
            status, answer = 200, {"output": result.final_output}
            if result.interruptions:
                answer = {"output": "This needs your approval.", "status": "approval", "approval": waiting(result)}
        except Exception as error:
            status, answer = 500, {"error": str(error)}
        self.say(status, answer)

    def say(self, status, answer):
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128


threading.Thread(target=LOOP.run_forever, daemon=True).start()
Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
