"""`convscope serve` as a program: start, signals, attacks on its connections, no way out."""

import concurrent.futures
import json
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

DIGIT = json.dumps({"images": [{"pixels": [[0] * 28] * 28}]}).encode()


def post(body=DIGIT, kind="application/json"):
    head = f"POST /predict HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: {kind}\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def answer(sock):
    """Return the status and the body of one answer."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = sock.recv(1 << 16)
        if not part:
            return 0, data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += sock.recv(1 << 16)
    return int(head[9:12]), body


def connect(program, data=b""):
    sock = socket.create_connection(("127.0.0.1", program.port), timeout=30)
    sock.sendall(data)
    return sock


def health(program):
    return httpx.get(f"{program.facts['url']}/health", timeout=20).status_code


def test_signals_and_attacks_on_one_program(program):
    served = program("--max-body", "100KB", "--max-connections", "40", "--access-log")
    assert health(served) == 200
    for bad in (b"\x00\xff\r\n\r\n", b"GET / HTTP/9\r\n\r\n", b"GET  /\r\n\r\n", b"A" * 70_000):
        with connect(served, bad) as sock:
            assert answer(sock)[0] == 400
    twice = b"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n"
    with connect(served, twice) as sock:
        assert answer(sock)[0] == 400
    promised = b"POST /predict HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 1000000000\r\n\r\n"
    with connect(served, promised) as sock:
        status, body = answer(sock)
        assert status == 413
        assert b"--max-body" in body
    for path in (b"/docs/../model", b"/../health", b"/health\x01", b"http://127.0.0.1/health"):
        with connect(served, b"GET " + path + b" HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n") as sock:
            assert answer(sock)[0] in (400, 404)
    with connect(served, post() + post()) as sock:  # pipelined
        assert [answer(sock)[0] for _ in range(1)] == [200]
    idle = [connect(served) for _ in range(60)]  # more than there may be
    assert health(served) == 200
    for sock in idle:
        sock.close()
    begun = connect(served, post()[:200])
    assert served.process.poll() is None
    served.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    begun.sendall(post()[200:])  # accepted before: it is answered
    assert answer(begun)[0] == 200
    begun.close()
    assert served.wait() == 143
    assert "Traceback" not in served.log
    rows = [json.loads(line) for line in served.log.splitlines() if line.startswith("{")]
    assert {row["status"] for row in rows} >= {200, 413}


@pytest.mark.slow
def test_no_accepted_request_is_lost_under_load(program):
    served = program()

    def load(_number):
        answered = 0
        with connect(served) as sock:
            while True:
                try:
                    sock.sendall(post())
                    status, body = answer(sock)
                except OSError:  # closed after an answer; the service's own count is compared
                    return answered
                if status == 0 and not body:
                    return answered
                assert status == 200
                answered += 1

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        results = [pool.submit(load, number) for number in range(16)]
        time.sleep(2)
        assert served.stop(signal.SIGINT) == 130
        counts = [result.result() for result in results]
    assert f"stopped: {sum(counts):,} of {sum(counts):,} requests" in served.log


@pytest.mark.slow
def test_a_second_signal_ends_at_once(program):
    served = program()
    with connect(served, post()[:200]):
        served.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        start = time.monotonic()
        assert served.stop() == 143
        assert time.monotonic() - start < 5


@pytest.mark.slow
def test_slow_headers_are_answered_with_408(program):
    served = program()
    with connect(served, b"GET /health HTTP/1.1\r\n") as sock:
        for _ in range(40):
            try:
                sock.sendall(b"a: b\r\n")
            except OSError:
                break
            time.sleep(0.4)
        assert answer(sock)[0] == 408
    assert health(served) == 200


@pytest.mark.slow
def test_ten_thousand_connections_take_bounded_memory(program):
    served = program()
    before = served.memory_bytes()
    code = (
        "import socket, sys, time, resource\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(7)[1],) * 2)\n"
        f"address = ('127.0.0.1', {served.port})\n"
        "held = []\n"
        "for n in range(10_000):\n"
        "    s = socket.create_connection(address, timeout=60)\n"
        "    s.sendall(b'POST /predict HTTP/1.1\\r\\nx: ' + b'y' * 2000)\n"
        "    held.append(s)\n"
        "print('open', flush=True)\n"
        "sys.stdin.read()\n"
    )
    attack = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert attack.stdout.readline() == "open\n"
    assert health(served) == 200
    assert served.memory_bytes() - before < 100e6
    attack.communicate("")
    assert served.stop() == 143
    assert "Traceback" not in served.log


TRAP = """
import socket, sys
connect = socket.socket.connect
def trapped(self, address):
    if self.family != socket.AF_UNIX and address[0] != "127.0.0.1":
        print("OUTGOING", address, flush=True)
    return connect(self, address)
socket.socket.connect = trapped
lookup = socket.getaddrinfo
def no_lookup(host, *rest, **options):
    if host not in (None, "127.0.0.1"):
        print("LOOKUP", host, flush=True)
    return lookup(host, *rest, **options)
socket.getaddrinfo = no_lookup
sys.argv = ["convscope", "serve", sys.argv[1], "--port", "0", "--threads", "1", "--max-batch", "1"]
from convscope.cli import main
main()
"""


@pytest.mark.slow
def test_the_service_connects_nowhere(model_file):
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://192.0.2.1:4318", "PATH": "/usr/bin:/bin"}
    process = subprocess.Popen(
        [sys.executable, "-c", TRAP, str(model_file)], stdout=subprocess.PIPE, text=True,
        env=environment, stderr=subprocess.PIPE,
    )  # fmt: skip
    line = process.stdout.readline()
    assert "lenet5 on http://127.0.0.1:" in line
    url = line.split(" on ")[1].split(",")[0]
    for path in ("/docs", "/metrics", "/model"):
        assert httpx.get(url + path).status_code == 200
    assert httpx.post(f"{url}/predict", json=json.loads(DIGIT)).status_code == 200
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=60)
    assert "OUTGOING" not in output
    assert "LOOKUP" not in output


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--max-body", "lots"], "from 1KB to 1GB"),
        (["--token", "short"], "the token cannot be used"),
        (["--engine", "quick"], "exact"),
        (["--host", "192.0.2.1"], "cannot listen"),
    ],
)
def test_bad_options_are_usage_errors(model_file, options, text):
    line = [sys.executable, "-m", "convscope", "serve", str(model_file), "--port", "0", *options]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2, done.stderr
    assert text in done.stderr
    assert "Traceback" not in done.stderr
