"""Throughput of `convscope serve` beside the same work by hand, its latencies, memory and stop.

For EfficientNet-Lite0 with the sample photos, and LeNet-5 (initial weights) with test images of
MNIST. 32 clients of one process keep their connections open and send requests that are encoded
before; each waits for its answer. In one run, in turn:

- by hand: one program without HTTP decodes and preprocesses in threads, with `Model.input_of`,
  while the same engine computes batches;
- bare engine: the engine alone on prepared batches, as if decoding cost nothing;
- HTTP alone: uvicorn with the same parser (h11), and an application that reads the body and
  answers as many bytes: more requests than that cannot be served in one process;
- served: the service in a process of its own. The client shares its cores; its processor time
  is printed.

Then the service's memory after --memory requests of digits and a tenth as many of photos, and
SIGTERM under load: every request that the service has received must be answered.

`--architecture resnet50` serves that network of the zoo with initial weights, and photos. Decoding
and HTTP cost the same for all networks, so that the ratio to the bare engine depends on the
network: LeNet-5 computes an image in the time that the kernel takes to deliver it.

python benchmarks/serving.py [--clients 32] [--seconds 5] [--rounds 3] [--memory 20000]
"""

import argparse
import asyncio
import io
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
ANSWER_BYTES = 480  # five classes as JSON


class Client:
    """Clients with connections of their own; counts answers, and requests without one."""

    def __init__(self, port: int, requests: list[bytes], seconds: float, most: int) -> None:
        self.port, self.requests = port, requests
        self.end, self.most = time.monotonic() + seconds, most
        self.sent = self.answered = self.refused = self.lost = 0
        self.latencies: list[float] = []
        self.statuses: dict[str, int] = {}

    async def run(self, number: int) -> None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            self.refused += 1
            return
        while time.monotonic() < self.end and self.sent < self.most:
            request = self.requests[(self.sent + number) % len(self.requests)]
            self.sent += 1
            start = time.perf_counter()
            try:
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
            except (OSError, asyncio.IncompleteReadError):
                self.lost += 1
                return
            self.latencies.append(time.perf_counter() - start)
            self.answered += 1
            status = head[9:12].decode()
            self.statuses[status] = self.statuses.get(status, 0) + 1
            if b"connection: close" in head.lower():
                break
        writer.close()

    async def all(self, clients: int) -> None:
        await asyncio.gather(*(self.run(number) for number in range(clients)))


def client_main(arguments: argparse.Namespace) -> None:
    """Run the clients, and print what they saw as JSON."""
    requests = [
        b"POST /predict HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: image/x\r\n"
        b"content-length: %d\r\n\r\n" % len(data) + data
        for path in sorted(Path(arguments.client).iterdir())
        for data in [path.read_bytes()]
    ]
    client = Client(arguments.port, requests, arguments.seconds, arguments.requests)
    start = time.perf_counter()
    asyncio.run(client.all(arguments.clients))
    wall = time.perf_counter() - start
    times = sorted(client.latencies) or [0.0]
    facts = {
        "rate": client.answered / wall,
        "cpu": time.process_time(),
        "wall": wall,
        "ms": [1000 * times[int(len(times) * q)] for q in (0.5, 0.95, 0.99)] + [1000 * times[-1]],
    }
    names = ("sent", "answered", "refused", "lost", "statuses")
    print(json.dumps(facts | {name: getattr(client, name) for name in names}))


def start_client(folder: Path, port: int, **options: float) -> subprocess.Popen[str]:
    words = [f"--{name}={value}" for name, value in options.items()]
    line = [sys.executable, __file__, "--client", str(folder), "--port", str(port), *words]
    return subprocess.Popen(line, stdout=subprocess.PIPE, text=True)


def finish(client: subprocess.Popen[str]) -> dict:
    output, _ = client.communicate()
    return json.loads(output)


class Server:
    """`convscope serve` in a process of its own."""

    def __init__(self, model: str, *options: str) -> None:
        line = [sys.executable, "-m", "convscope", "serve", model, "--port", "0", "--json"]
        self.process = subprocess.Popen(
            [*line, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        text = self.process.stdout.readline()
        if not text:
            raise SystemExit(self.process.communicate()[1])
        self.facts = json.loads(text)
        self.port = int(self.facts["url"].rpartition(":")[2])

    def _pids(self) -> list[int]:
        pid = self.process.pid
        tasks = Path(f"/proc/{pid}/task").iterdir()
        children = " ".join((task / "children").read_text() for task in tasks)
        return [pid, *map(int, children.split())]

    def cpu(self) -> float:
        """Seconds of processor time of the service and its decoding processes."""
        total = 0.0
        for pid in self._pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / TICKS
        return total

    def memory(self) -> list[float]:
        """Megabytes of the service, and of each decoding process."""
        sizes = [Path(f"/proc/{pid}/statm").read_text().split()[1] for pid in self._pids()]
        return [int(size) * PAGE / 1e6 for size in sizes]

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(number)
        _, log = self.process.communicate(timeout=120)
        return self.process.returncode, log.strip().splitlines()[-1]


class HttpAlone:
    """uvicorn in a process of its own, with an application that computes nothing."""

    def __init__(self, size: int) -> None:
        line = [sys.executable, __file__, "--http-alone", str(size)]
        self.process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def http_alone_main(size: int) -> None:
    """Answer every request with so many bytes, once its body is complete; print the port."""
    import socket

    import uvicorn

    async def application(_scope, receive, send) -> None:
        while (await receive()).get("more_body", False):
            pass
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % size)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": bytes(size)})

    with socket.create_server(("127.0.0.1", 0)) as sock:
        print(sock.getsockname()[1], flush=True)
        config = uvicorn.Config(
            application, http="h11", loop="asyncio", ws="none", lifespan="off", log_config=None
        )
        uvicorn.Server(config).run(sockets=[sock])


def by_hand(model, engine, images: list[bytes], batch: int, seconds: float) -> float:
    """Images per second of one program: threads decode and preprocess, the engine computes.

    As many threads as cores prepare batches ahead, each image on one of them, while this thread
    runs the engine.
    """
    import torch

    def prepared(number: int):
        return model.input_of(images[number % len(images)]).input_NCHW

    threads = os.cpu_count() or 1
    with ThreadPoolExecutor(threads, initializer=lambda: torch.set_num_threads(1)) as pool:
        waiting: deque = deque()
        end, count, sent, start = time.perf_counter() + seconds, 0, 0, time.perf_counter()
        while time.perf_counter() < end:
            while len(waiting) < 3 * batch:
                waiting.append(pool.submit(prepared, sent))
                sent += 1
            inputs_NCHW = torch.cat([waiting.popleft().result() for _ in range(batch)])
            engine(inputs_NCHW)[0].softmax(1).topk(5)
            count += batch
        took = time.perf_counter() - start
        pool.shutdown(cancel_futures=True)
    return count / took


def bare(model, engine, batch: int, seconds: float) -> float:
    """Images per second of the engine alone."""
    import torch

    inputs_NCHW = torch.randn(batch, *model.architecture.input)
    end, count, start = time.perf_counter() + seconds, 0, time.perf_counter()
    while time.perf_counter() < end:
        engine(inputs_NCHW.clone())
        count += batch
    return count / (time.perf_counter() - start)


def throughput(name: str, server: Server, folder: Path, arguments: argparse.Namespace) -> None:
    import convscope

    model = convscope.open(name)
    engine, batch = model.engine("exact"), server.facts["max_batch"]
    images = [path.read_bytes() for path in sorted(folder.iterdir())]
    by_hand(model, engine, images, batch, 0.5)
    rows, http = [], HttpAlone(ANSWER_BYTES)
    for _ in range(arguments.rounds):
        hand = by_hand(model, engine, images, batch, arguments.seconds / 2)
        engine_alone = bare(model, engine, batch, arguments.seconds / 4)
        before = server.cpu()
        options = {"seconds": arguments.seconds, "clients": arguments.clients}
        served = finish(start_client(folder, server.port, **options))
        used = server.cpu() - before
        empty = finish(start_client(folder, http.port, **options | {"seconds": 2}))
        rows.append((hand, engine_alone, served, used, empty["rate"]))
        assert served["lost"] == served["refused"] == 0, served
        assert set(served["statuses"]) == {"200"}, served
    http.stop()
    hand, alone, empty = (statistics.median(row[n] for row in rows) for n in (0, 1, 4))
    rates = [row[2]["rate"] for row in rows]
    ratios = [statistics.median(row[2]["rate"] / row[n] for row in rows) for n in (0, 1, 4)]
    assert engine.name == server.facts["engine"], "the choices differ: the machine is not quiet"
    print(f"  engine {engine.name}, batches of up to {batch}")
    print(
        f"  by hand {hand:8,.0f} images/s, bare engine {alone:8,.0f} images/s, HTTP alone "
        f"{empty:8,.0f} requests/s"
    )
    print(
        f"  served  {statistics.median(rates):8,.0f} images/s: {ratios[0]:.2f} x by hand, "
        f"{ratios[1]:.2f} x the bare engine, {ratios[2]:.2f} x HTTP alone; none lost"
    )
    served, cpu = rows[-1][2], rows[-1][3]
    p50, p95, p99, top = served["ms"]
    print(f"  latency: median {p50:.1f} ms, 95 % {p95:.1f}, 99 % {p99:.1f}, longest {top:.1f}")
    each = 1000 / served["answered"]
    print(
        f"  processor time for each image: client {served['cpu'] * each:.2f} ms, "
        f"service with its decoding processes {cpu * each:.2f} ms"
    )


def memory(server: Server, folder: Path, arguments: argparse.Namespace, most: int) -> None:
    """Print the memory of the service after parts of many requests."""
    for part in range(6):
        count = (0, *([most // 5] * 5))[part]
        if count:
            options = {"seconds": 3600, "clients": arguments.clients, "requests": count}
            facts = finish(start_client(folder, server.port, **options))
            assert facts["answered"] == count, facts
        service, *children = server.memory()
        own = ", ".join(f"{size:.0f}" for size in children)
        done = part * (most // 5)
        print(f"  after {done:6,} requests: {service:.0f} MB, decoding processes {own} MB")


def stop_under_load(server: Server, folder: Path, arguments: argparse.Namespace) -> None:
    options = {"seconds": 30, "clients": arguments.clients}
    client = start_client(folder, server.port, **options)
    time.sleep(3)
    stopped: list[tuple[int, str]] = []
    thread = threading.Thread(target=lambda: stopped.append(server.stop()))
    thread.start()
    facts = finish(client)
    thread.join()
    code, line = stopped[0]
    print(
        f"  SIGTERM under load: {facts['sent']:,} requests sent, {facts['answered']:,} answered, "
        f"{facts['lost']} lost; exit code {code}; {line}"
    )
    assert facts["lost"] == 0, facts


def photos(folder: Path) -> None:
    from convscope.samples.photos import photo_bytes

    for number, data in enumerate(photo_bytes().values()):
        (folder / f"{number:03}.jpg").write_bytes(data)


def digits(folder: Path) -> None:
    from PIL import Image

    import convscope

    images_NCHW = convscope.data.open("mnist").split("test").images_NCHW[:256]
    for number, image_CHW in enumerate(images_NCHW):
        buffer = io.BytesIO()
        Image.fromarray(image_CHW[0].numpy()).save(buffer, "PNG")
        (folder / f"{number:03}.png").write_bytes(buffer.getvalue())


def untrained_file(name: str, path: Path) -> str:
    """Write a network of the zoo with initial weights; LeNet-5 classifies digits."""
    import convscope
    from convscope.network import ModelFile, save_model
    from convscope.opening import untrained

    model = untrained(convscope.load(name))
    labels = tuple(str(digit) for digit in range(10)) if name == "lenet5" else model.labels
    card = model.card.model_copy(update={"labels": labels})
    save_model(path, ModelFile(card, dict(model.network.state_dict())))
    return str(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, default=20_000)
    parser.add_argument("--only", choices=["photos", "digits"])
    parser.add_argument("--architecture", metavar="NAME")
    parser.add_argument("--http-alone", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--client", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--requests", type=float, default=1e12, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.http_alone:
        http_alone_main(arguments.http_alone)
        return
    if arguments.client:
        client_main(arguments)
        return
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores")
    if arguments.architecture:
        measure(arguments.architecture, photos, arguments)
        return
    for name, write in (("efficientnet_lite0@imagenet", photos), ("lenet5", digits)):
        if arguments.only in (None, write.__name__):
            measure(name, write, arguments)


def measure(name: str, write: Callable[[Path], None], arguments: argparse.Namespace) -> None:
    """Serve one network, and print all its figures."""
    print(f"{name}, {write.__name__}, {arguments.clients} clients", flush=True)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "images"
        folder.mkdir()
        write(folder)
        model = name if "@" in name else untrained_file(name, Path(place) / "model.safetensors")
        server = Server(model)
        try:
            throughput(model, server, folder, arguments)
            most = arguments.memory if write is digits else arguments.memory // 10
            if most and not arguments.architecture:
                memory(server, folder, arguments, most)
            stop_under_load(server, folder, arguments)
        finally:
            if server.process.poll() is None:
                server.process.kill()


if __name__ == "__main__":
    main()
