"""Clients that send a byte now and then, or read one: others are answered, and they are ended."""

import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path

import psutil
import pytest
import requests

from accounts.services import issue_tokens
from foundation.web.refused import LONG_LINE
from tests.pictures import photograph
from tests.site.conftest import CONFIGURATION
from tests.site.slow import connect, slow_clients

pytestmark = pytest.mark.django_db(transaction=True)

SOON = 5  # seconds; an answer that a slow client delays comes much later, or not at all
IN_HEAD = b"POST /accounts/login HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
SIGN_IN = (
    b"POST /accounts/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n"
    b"Cookie: csrftoken=" + 32 * b"a" + b"\r\n\r\nusername="
)
READ = b"GET /redoc HTTP/1.1\r\nHost: localhost\r\n\r\n"
CLOSE = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def upload(
    path: bytes = b"/model/predictions", length: int = 9_000_000, header: bytes = b"X-None: -"
) -> bytes:
    return (
        b"POST %b HTTP/1.1\r\nHost: localhost\r\n%b\r\nContent-Length: %d\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\n\r\n"
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n\x89PNG'
    ) % (path, header, length)


@pytest.fixture(scope="module")
def configured(serve, tmp_path_factory):
    """A site with four threads that waits two seconds, and has these lines besides."""

    @cache
    def start(*lines: str) -> str:
        configuration = tmp_path_factory.mktemp("site") / "gunicorn.conf.py"
        shorter = [
            CONFIGURATION.read_text(),
            "from foundation.web import buffering_worker, client_socket",
            "client_socket.SECONDS_BEHIND = 2",
            *lines,
        ]
        configuration.write_text("\n".join(shorter))
        return serve(configuration, WEB_THREADS="4")

    return start


@pytest.fixture
def authorization(user) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_tokens(user).access}"}


@pytest.fixture
def assert_others_are_served(model, authorization):
    def look(site: str) -> None:
        assert requests.get(f"{site}/health/live", timeout=SOON).ok
        assert requests.get(f"{site}/accounts/login", timeout=SOON).ok
        answer = requests.post(
            f"{site}/model/predictions",
            files={"file": photograph()},
            headers=authorization,
            timeout=SOON,
        )
        assert answer.status_code == 202

    return look


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(b"G", id="in their first line"),
        pytest.param(IN_HEAD, id="in their headers"),
        pytest.param(SIGN_IN, id="in a form"),
        pytest.param(upload(b"/model/predict"), id="in an upload"),
        pytest.param(upload() + bytes(200_000), id="in an upload that began fast"),
        pytest.param(upload(length=30_000_000), id="in a request too large to keep"),
        pytest.param(upload(header=b"Expect: 100-continue"), id="after they were told to go on"),
        pytest.param(
            upload().replace(b"Content-Length: 9000000", b"Transfer-Encoding: chunked"),
            id="in chunks",
        ),
    ],
)
def test_others_are_served_and_slow_senders_ended(configured, assert_others_are_served, first):
    site = configured()
    with slow_clients(site, 40, first) as slow:
        assert_others_are_served(site)
        slow.wait_until_all_are_over(15)
        assert_others_are_served(site)


def test_others_are_served_beside_two_hundred(configured, assert_others_are_served):
    site = configured("client_socket.SECONDS_BEHIND = 20")
    with slow_clients(site, 200, IN_HEAD), slow_clients(site, 200, upload(b"/model/predict")):
        assert_others_are_served(site)


def test_others_are_served_and_slow_readers_ended(configured, assert_others_are_served):
    """Of a file, which no thread has to send, and which is larger than what the kernel takes."""
    site = configured()
    page = requests.get(f"{site}/redoc", timeout=20).text
    script = next(part for part in page.split('"') if part.endswith(".js") and "redoc" in part)
    reading = f"GET {script} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    with slow_clients(site, 40, 4 * reading, reads=True):
        assert_others_are_served(site)
        deadline = time.monotonic() + 15
        while len(connections(site)) > 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_who_does_not_close_a_connection_holds_nobody(configured, assert_others_are_served):
    site = configured()
    with ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(connect(site)).sendall(CLOSE)
        assert_others_are_served(site)


def test_who_is_slow_but_keeps_the_pace_is_served(configured, model, authorization):
    """Three times as long as anybody may do nothing, at twice the pace that is asked for."""
    site = configured("client_socket.BYTES_PER_SECOND = 10_000")
    header = f"Authorization: {authorization['Authorization']}".encode()
    content = photograph("coffee.png").read()[:120_000]
    body = upload(length=0, header=header).partition(b"\r\n\r\n")[2][:-4] + content + b"\r\n--x--"
    with connect(site) as client:
        head = upload(length=len(body), header=header).partition(b"\r\n\r\n")[0]
        client.sendall(head + b"\r\n\r\n")
        for begin in range(0, len(body), 5000):
            client.sendall(body[begin : begin + 5000])
            time.sleep(0.25)
        assert client.recv(65536).startswith(b"HTTP/1.1 202 ")


def test_who_reads_slowly_but_keeps_the_pace_gets_all(configured):
    site = configured("client_socket.BYTES_PER_SECOND = 50_000")
    page = requests.get(f"{site}/redoc", timeout=20).text
    script = next(part for part in page.split('"') if part.endswith(".js") and "redoc" in part)
    whole = requests.get(f"{site}{script}", headers={"Accept-Encoding": ""}, timeout=20).content
    with connect(site, buffer=2048) as client:
        client.sendall(f"GET {script} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        received = bytearray()
        while data := client.recv(40_000):
            received += data
            time.sleep(len(data) / 200_000)
    assert received.endswith(whole)


class TestWhetherItLives:
    def test_it_says_while_all_threads_hang_at_the_database(self, serve, silent_port):
        site = serve(
            DATABASE_URL=f"postgres://nobody@127.0.0.1:{silent_port}/nothing", WEB_THREADS="2"
        )
        with ThreadPoolExecutor(8) as people:
            asked = [
                people.submit(
                    requests.post,
                    f"{site}/login",
                    json={"username": "a@b.org", "password": "x"},
                    timeout=60,
                )
                for _ in range(8)
            ]
            time.sleep(1)
            assert requests.get(f"{site}/health/live", timeout=60).ok
            assert not any(future.done() for future in asked)

    def test_it_says_while_all_threads_wait_for_predictions(
        self, serve, settings, model, authorization
    ):
        site = serve(REDIS_URL=f"{settings.REDIS_URL}?db=1", WEB_THREADS="2", PREDICT_TIMEOUT="4")
        with ThreadPoolExecutor(2) as people:
            asked = [
                people.submit(
                    requests.post,
                    f"{site}/model/predict",
                    files={"file": photograph(name)},
                    headers=authorization,
                    timeout=60,
                )
                for name in ("coffee.png", "chelsea.png")
            ]
            time.sleep(1)
            assert requests.head(f"{site}/health/live", timeout=60).ok
            assert not any(future.done() for future in asked)


class TestRoom:
    def test_one_address_cannot_take_all_connections(self, configured, assert_others_are_served):
        site = configured("worker_connections = 30", "client_socket.SECONDS_BEHIND = 20")
        with connect(site) as patient:
            patient.sendall(CLOSE[:-2])
            with slow_clients(site, 60, IN_HEAD, "127.0.0.2") as slow:
                deadline = time.monotonic() + 10
                while len(slow.over) < 31:
                    assert time.monotonic() < deadline
                    time.sleep(0.1)
                assert_others_are_served(site)
                assert len(slow.over) < 40
                patient.sendall(CLOSE[-2:])
                assert patient.recv(65536).startswith(b"HTTP/1.1 200 ")

    def test_what_is_kept_of_all_requests_is_bounded(self, configured, authorization):
        """Who sent the most is told, and nobody else."""
        site = configured(
            "buffering_worker.ALL_KEPT = 2_000_000", "client_socket.SECONDS_BEHIND=20"
        )
        with ExitStack() as stack:
            large, *others = [stack.enter_context(connect(site)) for _ in range(4)]
            header = f"Authorization: {authorization['Authorization']}".encode()
            large.sendall(upload(header=header) + bytes(900_000))
            for client in others:
                client.sendall(upload() + bytes(400_000))
            assert large.recv(65536).startswith(b"HTTP/1.1 408 ")
            for client in others:
                client.settimeout(0.5)
                with pytest.raises(TimeoutError):
                    client.recv(65536)

    def test_what_is_cut_off_stays_on_no_disk(self, configured, authorization):
        site = configured("buffering_worker.IN_MEMORY = 1_000_000", "# one to look into")
        process = process_of(site)
        before = unnamed_files(process)
        header = f"Authorization: {authorization['Authorization']}".encode()
        with connect(site) as client:
            client.sendall(upload(header=header) + bytes(2_000_000))
            client.shutdown(socket.SHUT_WR)
            assert client.recv(65536).startswith(b"HTTP/1.1 408 ")
        deadline = time.monotonic() + 5
        while left := unnamed_files(process) - before:
            assert time.monotonic() < deadline, left
            time.sleep(0.1)

    def test_a_full_disk_is_said(self, configured):
        site = configured(
            "buffering_worker.IN_MEMORY = 100_000",
            "import tempfile",
            "tempfile.tempdir = '/nowhere'",
        )
        with connect(site) as client:
            client.sendall(upload() + bytes(100_000))
            client.sendall(bytes(100_000))
            answer = client.recv(65536)
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert b'{"detail": "The request cannot be kept here; the disk may be full.' in answer
        assert requests.get(f"{site}/health/live", timeout=SOON).ok

    def test_large_requests_are_not_held_in_memory(self, configured, model, authorization):
        site = configured("buffering_worker.IN_MEMORY = 1_000_000")
        process = process_of(site)
        for size in (20_000_000, 80_000_000):  # kept until it is complete, and read by a thread
            before = process.memory_info().rss
            answer = requests.post(
                f"{site}/model/predictions",
                files={"file": ("a.png", bytes(size))},
                headers=authorization,
                timeout=60,
            )
            assert answer.json()[0]["detail"] == "File too large"
            status = Path(f"/proc/{process.pid}/status").read_text()
            peak = int(status.partition("VmHWM:")[2].split()[0])
            assert 1024 * peak - before < 15_000_000


def test_a_fault_with_one_connection_ends_that_alone(configured):
    site = configured("client_socket.ClientSocket.discard = lambda self: 1 / 0")
    process = process_of(site)
    with connect(site) as client, connect(site) as other:
        other.sendall(CLOSE[:-2])
        client.sendall(CLOSE)
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
        client.sendall(b"more")
        other.sendall(CLOSE[-2:])
        assert other.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert process_of(site) == process


class TestConnectionsThatStay:
    PAGE = b"GET /accounts/login HTTP/1.1\r\nHost: localhost\r\n\r\n"
    SIGN_IN = (
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 2\r\n\r\n{}"
    )

    def answers(self, client: socket.socket, many: int) -> list[bytes]:
        """The statuses of this many answers."""
        found = b""
        while found.count(b"HTTP/1.1 ") < many:
            received = client.recv(65536)
            assert received
            found += received
        return [part[:3] for part in found.split(b"HTTP/1.1 ")[1:]]

    def test_requests_may_be_sent_before_their_answers(self, configured):
        with connect(configured()) as client:
            client.sendall(3 * (self.PAGE + self.SIGN_IN) + CLOSE)
            assert self.answers(client, 7) == 3 * [b"200", b"400"] + [b"200"]

    def test_a_request_may_come_in_pieces(self, configured):
        with connect(configured()) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in self.SIGN_IN + self.PAGE:
                client.sendall(bytes([byte]))
            assert self.answers(client, 2) == [b"400", b"200"]

    def test_one_without_requests_is_closed(self, configured):
        site = configured("keepalive = 1")
        with connect(site) as client:
            client.sendall(self.SIGN_IN)
            assert self.answers(client, 1) == [b"400"]
            while client.recv(65536):
                pass

    def test_a_head_without_end_is_refused(self, configured):
        with connect(configured()) as client:
            client.sendall(b"GET / HTTP/1.1\r\n" + 8200 * b"X-A: bcdef\r\n")
            assert self.answers(client, 1) == [b"431"]

    def test_an_address_without_end_is_refused_in_json(self, configured):
        address = f"{configured()}/model?x={5000 * 'a'}"
        answer = requests.get(address, timeout=10)
        assert (answer.status_code, answer.json()) == (414, {"detail": LONG_LINE})

    @pytest.mark.parametrize(
        ("refused", "status"),
        [
            (b"GET /model?x=" + 5000 * b"a" + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"414"),
            (b"GET / HTTP/1.1\r\n" + 8200 * b"X-A: bcdef\r\n", b"431"),
        ],
    )
    @pytest.mark.parametrize("pause", [0, 0.5])
    def test_a_refused_request_is_the_last_of_its_connection(
        self, configured, refused, status, pause
    ):
        """Whether it came with the one before or after the answer to that."""
        site = configured()
        process = process_of(site)
        with connect(site) as client:
            client.sendall(self.PAGE + (b"" if pause else refused))
            if pause:
                time.sleep(pause)
                client.sendall(refused)
            client.sendall(b"\r\n\r\n" + self.PAGE)
            found = b""
            while received := client.recv(65536):
                found += received
        answers = [part[:3] for part in found.split(b"HTTP/1.1 ")[1:]]
        assert answers == [b"200", status]
        assert process_of(site) == process


def test_an_upload_is_not_cut_off_for_those_who_come_again_and_again(
    configured, model, authorization
):
    """Of two threads that wait for clients; each newcomer seems faster than the upload."""
    site = configured()
    header = f"Authorization: {authorization['Authorization']}".encode()
    expecting = SIGN_IN.replace(b"Content-Type", b"Expect: 100-continue\r\nContent-Type")
    with ExitStack() as opened:
        client = opened.enter_context(connect(site, "127.0.0.9"))
        client.sendall(upload(length=30_000_000, header=header))
        for _ in range(16):
            opened.enter_context(connect(site)).sendall(expecting)
            client.sendall(4000 * b"x")
            time.sleep(0.25)
        client.setblocking(False)
        with pytest.raises(BlockingIOError):  # nothing has been answered yet, nor is it closed
            client.recv(1)


def test_who_is_under_way_when_the_site_stops_is_served(configured, model, authorization):
    site = configured("client_socket.SECONDS_BEHIND = 20", "# one to stop")
    header = f"Authorization: {authorization['Authorization']}".encode()
    body = upload().partition(b"\r\n\r\n")[2] + b"\r\n--x--"
    request = upload(length=len(body), header=header) + b"\r\n--x--"
    process = process_of(site)
    with connect(site) as client, connect(site) as idle:
        client.sendall(request[:-10])
        idle.sendall(TestConnectionsThatStay.SIGN_IN)
        time.sleep(0.5)
        os.kill(process.pid, signal.SIGTERM)
        time.sleep(0.5)
        client.sendall(request[-10:])
        assert client.recv(65536).startswith(b"HTTP/1.1 202 ")
        process.wait(10)


def process_of(site: str) -> psutil.Process:
    """The one of gunicorn's that answers."""
    port = int(site.rpartition(":")[2])
    for process in psutil.Process().children():
        if any(at.laddr.port == port for at in process.net_connections()):
            return process.children()[0]
    raise AssertionError("There is no such process.")


def unnamed_files(process: psutil.Process) -> set[str]:
    names = set()
    for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            names.add(os.readlink(descriptor))
    return {name for name in names if name.endswith("(deleted)")}


def connections(site: str) -> list[object]:
    return [each for each in process_of(site).net_connections() if each.status == "ESTABLISHED"]
