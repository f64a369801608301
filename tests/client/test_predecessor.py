"""The predecessor has `/login`, `/model/predict` and `/feedback`, and no more."""

import hashlib
import json
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs

import pytest

from classifier_client.errors import TOO_OLD
from tests.pictures import IMAGES

COFFEE = IMAGES / "coffee.png"
ANSWER = {
    "success": True,
    "prediction": "Eskimo_dog",
    "score": 0.9346,
    "image_file_name": hashlib.md5(COFFEE.read_bytes()).hexdigest() + ".png",
}


class Predecessor(BaseHTTPRequestHandler):
    """Answers as FastAPI did. The first picture finds no room."""

    def do_GET(self):
        self.say(404, {"detail": "Not Found"})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        service = self.server
        if self.path == "/login":
            assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
            assert parse_qs(body)[b"grant_type"] == [b"password"]
            self.say(200, {"access_token": "token", "token_type": "bearer"})
        elif self.headers["Authorization"] != "Bearer token":
            self.say(401, {"detail": "Could not validate credentials"})
        elif self.path == "/model/predict":
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            (part,) = BytesParser().parsebytes(head + body).get_payload()
            service.pictures.append((part.get_filename(), part.get_payload(decode=True)))
            if len(service.pictures) == 1:
                self.say(503, {"detail": "Too many requests are waiting"}, **{"Retry-After": "1"})
            else:
                self.say(200, ANSWER)
        elif self.path == "/feedback":
            service.feedback.append(json.loads(body))
            self.say(201, {"id": 7, **service.feedback[-1]})
        else:
            self.say(404, {"detail": "Not Found"})

    def say(self, status, body, **headers):
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def predecessor(classify):
    with ThreadingHTTPServer(("127.0.0.1", 0), Predecessor) as server:
        server.pictures, server.feedback = [], []
        Thread(target=server.serve_forever).start()
        address = f"http://127.0.0.1:{server.server_port}"
        assert classify("login", address, "-e", "ada@example.com", types="secret\n")[0] == 0
        yield server
        server.shutdown()


def test_it_classifies_and_takes_feedback(predecessor, classify):
    status, out, err = classify(COFFEE, "-f", "json")
    assert (status, err) == (0, "")
    (answer,) = json.loads(out)
    assert (answer["label"], answer["score"]) == ("Eskimo_dog", 0.9346)
    assert predecessor.pictures == [("coffee.png", COFFEE.read_bytes())] * 2

    status, _, err = classify("feedback", COFFEE, "--label", "espresso")
    assert (status, err) == (0, "Thank you: kept.\n")
    assert predecessor.feedback == [
        {
            "feedback": "espresso",
            "label": "espresso",
            "score": 0.9346,
            "predicted_class": "Eskimo_dog",
            "image_file_name": ANSWER["image_file_name"],
        }
    ]


def test_what_it_lacks_is_said_and_it_signs_out(predecessor, classify):
    for command in ("history", "models"):
        status, out, err = classify(command)
        assert (status, out, err) == (1, "", f"{TOO_OLD}\n")
    assert classify("logout")[0] == 0
