"""A server of completions for tests: each token's log-likelihood is made from its id.

Also runs as a program, ``python fake_server.py … --uds PATH``, where the vLLM engine's own server would.
"""

from __future__ import annotations

import json
import os
import socketserver
import sys
from http.server import BaseHTTPRequestHandler
from typing import Any


def worth(token: int) -> float:
    return -1.0 - token % 7 / 8


def answer(body: dict[str, Any], *, echoes: bool = True) -> dict[str, Any]:
    ids = body["prompt"]
    choice: dict[str, Any] = {"text": "yes", "finish_reason": "length", "stop_reason": None, "token_ids": [5, 6]}
    if body.get("echo") and echoes:
        values = [None, *map(worth, ids[1:])]
        choice["logprobs"] = {"token_logprobs": values, "top_logprobs": [{"x": value or 0.0} for value in values]}
    if body.get("prompt_logprobs") is not None:
        choice["prompt_logprobs"] = [None, *({str(i): {"logprob": worth(i), "rank": 1}} for i in ids[1:])]
    if wanted := body.get("logprob_token_ids"):
        top = {f"token_id:{i}": worth(i) for i in wanted}
        choice["logprobs"] = {"tokens": [f"token_id:{wanted[0]}"], "top_logprobs": [top]}
    return {"choices": [choice], "usage": {"prompt_tokens": len(ids), "completion_tokens": 1}}


class Handler(BaseHTTPRequestHandler):
    """`server.key`, `echoes` and `fatal` say how it behaves; `server.seen` keeps what was asked.

    `server.failures` are answered first, one each: a status with its headers, 0 for a connection that breaks, None for none.
    """

    server: Any

    def address_string(self) -> str:
        return "a test"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        if not self.failed():
            self.reply({"data": [{"id": "model", "max_model_len": 64}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append(body)
        if self.failed():
            return
        if self.server.fatal:
            sys.stderr.write("RuntimeError: the fake server was told to die\n")
            sys.stderr.flush()
            os._exit(9)
        self.reply(answer(body, echoes=self.server.echoes))

    def failed(self) -> bool:
        """Answer with the next failure, if there is one."""
        try:
            failure = self.server.failures.pop(0)
        except IndexError:
            return False
        if failure is None:
            return False
        status, headers = failure
        self.close_connection = True
        if status:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b'{"error": {"message": "not now"}}')
        return True

    def reply(self, content: dict[str, Any]) -> None:
        allowed = self.headers.get("Authorization", "") == (f"Bearer {self.server.key}" if self.server.key else "")
        data = json.dumps(content if allowed else {"error": {"message": "no"}}).encode()
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Settings:
    key = ""
    echoes = True
    fatal = False
    failures: list[tuple[int, dict[str, str]] | None]
    daemon_threads = True
    request_queue_size = 64


class TcpServer(Settings, socketserver.ThreadingTCPServer):
    pass


class UnixServer(Settings, socketserver.ThreadingUnixStreamServer):
    pass


if __name__ == "__main__":
    with UnixServer(sys.argv[sys.argv.index("--uds") + 1], Handler) as made:
        made.seen, made.failures = [], []
        made.key = os.environ["VLLM_API_KEY"]
        made.fatal = "--fatal" in sys.argv
        made.serve_forever()
