"""The All-CNN question asked again: pooling, or a stride?

    python benchmarks/all_cnn.py [--jobs 2] [--seeds 3] [--out runs/all_cnn]
    python benchmarks/all_cnn.py --paper [--device cuda]

Trains Model C, Strided-CNN-C, ConvPool-CNN-C and All-CNN-C under one protocol and prints a
Markdown table beside the paper's CIFAR-10 figures (Springenberg et al. 2015, Table 3).

The protocol is the paper's, at a size that two cores carry: Fashion-MNIST at its own 28 x 28,
a sixth of the maps, no dropout (in so few epochs it only slows: 27.7 against 15.9 % after the
first), 7 epochs in place of 350, the learning rate times 0.1 after 4, 5 and 6 of them (the
paper: after 200, 250 and 300). As in the paper the peak of each network is the best of a grid,
here of lower rates (the higher ones leave networks dead, as reproductions of the paper report
too) and on the validation split after one epoch with seed 0. The test split is read once a
run, at the end. No augmentation.

`--paper` runs the protocol in full: all maps, dropout, 350 epochs, a grid of whole runs, GCN
and ZCA; on CIFAR-10 where its files are, or else on Fashion-MNIST where there is a GPU.

Every run is a folder under --out, and every result a line of its results.jsonl: begun again,
the same command goes on where it was cut off.
"""

import argparse
import json
import multiprocessing
import platform
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PAPER_ERROR = {  # Table 3, CIFAR-10 without augmentation, %
    "model_c": 9.74,
    "strided_cnn_c": 10.19,
    "convpool_cnn_c": 9.31,
    "all_cnn_c": 9.08,
}
GRID = (0.25, 0.1, 0.05, 0.01)  # the paper's
SMALL_GRID = (0.05, 0.02, 0.01, 0.005)  # at 0.05 Model C stays at 90 % here already
PAPER_WIDTH, PAPER_DROPOUT = 96, (0.2, 0.5)
STOPS = (200 / 350, 250 / 350, 300 / 350)  # where the rate falls, as shares of the whole


@dataclass(frozen=True)
class Protocol:
    """What all runs of one table have in common."""

    data: str
    width: int
    dropout: tuple[float, float]
    epochs: int
    grid_epochs: int
    batch_size: int
    whitened: bool
    samples: int | None = None  # for a trial of the benchmark itself

    def settings(self, epochs: int, lr: float, seed: int) -> list[str]:
        """What a run replaces in the recipe `all_cnn_cifar10`."""
        stops = sorted({max(1, round(self.epochs * share)) for share in STOPS})
        found = [f"epochs={epochs}", f"batch_size={self.batch_size}", f"lr={lr}", f"seed={seed}"]
        found += [f"schedule.milestones={json.dumps(stops)}"]
        return found if self.whitened else [*found, "preprocess.type=Standardise"]


@dataclass(frozen=True)
class Task:
    """One run: a network, a peak, a seed; and whether the test split is read at its end."""

    network: str
    lr: float
    seed: int
    epochs: int
    test: bool

    @property
    def name(self) -> str:
        """The folder; a whole run of the grid is not made a second time for the table."""
        return f"{self.network}-lr{self.lr}-seed{self.seed}-epochs{self.epochs}"


class Part:
    """The first images of every split: to try the benchmark itself."""

    def __init__(self, whole: Any, samples: int) -> None:
        self._whole, self._samples = whole, samples

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)

    def split(self, name: str) -> Any:
        from convscope.data import Split

        found = self._whole.split(name)
        return Split(found.images_NCHW[: self._samples], found.labels_N[: self._samples])

    def fingerprint(self) -> str:
        return f"{self._samples} of {self._whole.fingerprint()}"


def carry_out(task: Task, protocol: Protocol, folder: Path, device: str) -> dict[str, Any]:
    """Train (or resume), measure; in a process of its own."""
    import torch

    import convscope
    from convscope import data as datasets
    from convscope.errors import TrainingError
    from convscope.recipes import load_recipe
    from convscope.training.process import Process
    from convscope.training.run.events import Finished
    from convscope.training.start import resume, start
    from convscope.zoo.papers.classic.all_cnn import varied

    if device == "cpu":
        torch.set_num_threads(1)
    data: Any = datasets.open(protocol.data)
    if protocol.samples:
        data = Part(data, protocol.samples)
    architecture = varied(
        task.network, width=protocol.width, dropout=protocol.dropout, input=data.shape
    )
    settings = protocol.settings(task.epochs, task.lr, task.seed)
    recipe = load_recipe("all_cnn_cifar10").override(settings)
    run = folder / task.name
    result: dict[str, Any] = asdict(task)
    steps = architecture.trace.steps
    result["parameters"] = sum(step.parameters for step in steps)
    result["macs"] = sum(step.macs for step in steps)
    try:
        if (run / "recipe.json").exists():
            events = resume(run, data=data, process=Process(device=device))
        else:
            events = start(architecture, data, recipe, run, process=Process(device=device))
        for event in events:
            if isinstance(event, Finished):
                result["validation_error"] = 100 * (1 - event.validation_accuracy)
                result["validation_loss"] = event.validation_loss
    except TrainingError as error:
        return result | {"diverged": str(error.given)}
    result["seconds"] = _seconds(run)
    if task.test:
        measured = convscope.open(run).evaluate(data, split="test")
        result["test_error"] = 100 * (1 - measured.accuracy)
    return result


def _seconds(run: Path) -> float:
    """Training time of a run over all the processes that worked on it."""
    whole, last = 0.0, 0.0
    for line in (run / "timings.jsonl").read_text().splitlines():
        now = json.loads(line)["time_s"]
        if now < last:  # a process that went on counts from 0
            whole += last
        last = now
    return whole + last


class Results:
    """results.jsonl: one line a finished run."""

    def __init__(self, folder: Path, protocol: Protocol) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path, said = folder / "results.jsonl", folder / "protocol.json"
        text = json.dumps(asdict(protocol))
        if said.exists() and said.read_text() != text:
            sys.exit(f"{folder} holds runs of another protocol: take another --out")
        said.write_text(text)
        whole = self._path.read_text() if self._path.exists() else ""
        whole = whole[: whole.rfind("\n") + 1]  # a line that was cut off does not count
        self._path.write_text(whole)
        self.rows: list[dict[str, Any]] = [json.loads(line) for line in whole.splitlines()]

    def of(self, task: Task) -> dict[str, Any] | None:
        wanted = asdict(task).items()
        return next((row for row in self.rows if wanted <= row.items()), None)

    def add(self, row: dict[str, Any]) -> None:
        self.rows.append(row)
        with self._path.open("a") as file:
            file.write(json.dumps(row) + "\n")
            file.flush()


def carry_out_all(
    tasks: list[Task], protocol: Protocol, results: Results, folder: Path, jobs: int, device: str
) -> list[dict[str, Any]]:
    """The results of all tasks, in order; those that are there already are not run again."""
    open_tasks = [task for task in tasks if results.of(task) is None]
    context = multiprocessing.get_context("spawn")
    begun = time.perf_counter()
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        waiting = {
            pool.submit(carry_out, task, protocol, folder, device): task for task in open_tasks
        }
        for number, future in enumerate(as_completed(waiting), start=1):
            row, task = future.result(), waiting[future]
            results.add(row)
            error = row.get("test_error", row.get("validation_error", float("nan")))
            print(
                f"  {number}/{len(open_tasks)} {task.name}: {error:.2f} % "
                f"({row.get('seconds', 0):.0f} s; {time.perf_counter() - begun:.0f} s in all)",
                file=sys.stderr,
                flush=True,
            )
    found = [results.of(task) for task in tasks]
    assert all(found)
    return [row for row in found if row]


def choose_rates(
    grid: tuple[float, ...],
    protocol: Protocol,
    results: Results,
    folder: Path,
    jobs: int,
    device: str,
) -> dict[str, float]:
    """The peak of each network: smallest validation loss with seed 0."""
    tasks = [
        Task(network, lr, 0, protocol.grid_epochs, test=False)
        for network in PAPER_ERROR
        for lr in grid
    ]
    rows = carry_out_all(tasks, protocol, results, folder, jobs, device)
    chosen = {}
    for network in PAPER_ERROR:
        alive = [row for row in rows if row["network"] == network and "diverged" not in row]
        if not alive:
            sys.exit(f"{network} diverged with every rate of {grid}")
        chosen[network] = min(alive, key=lambda row: row["validation_loss"])["lr"]
    return chosen


def table(protocol: Protocol, rows: list[dict[str, Any]]) -> str:
    """Markdown: ours beside the paper's."""
    lines = [
        f"| network | test error, {protocol.data} | each seed | lr | parameters | MACs | s a run "
        "| paper: CIFAR-10 error |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for network, paper in PAPER_ERROR.items():
        mine = [row for row in rows if row["network"] == network]
        errors = [row["test_error"] for row in mine if "test_error" in row]
        spread = f" ± {statistics.stdev(errors):.2f}" if len(errors) > 1 else ""
        mean = f"{statistics.mean(errors):.2f} %{spread}" if errors else "diverged"
        each = ", ".join(f"{error:.2f}" for error in errors)
        seconds = statistics.median(row.get("seconds", 0) for row in mine)
        first = mine[0]
        lines.append(
            f"| {network} | {mean} | {each} | {first['lr']} | {first['parameters']:,} "
            f"| {first['macs']:,} | {seconds:.0f} | {paper:.2f} % |"
        )
    return "\n".join(lines)


def differences(rows: list[dict[str, Any]]) -> str:
    """What each change to Model C did, here and in the paper, in points of error."""
    means = {}
    for network in PAPER_ERROR:
        errors = [r["test_error"] for r in rows if r["network"] == network and "test_error" in r]
        means[network] = statistics.mean(errors) if errors else float("nan")
    lines = [""]
    for network, paper in list(PAPER_ERROR.items())[1:]:
        here = means[network] - means["model_c"]
        lines.append(
            f"{network} against model_c: {here:+.2f} points here, "
            f"{paper - PAPER_ERROR['model_c']:+.2f} in the paper"
        )
    return "\n".join(lines)


def protocol_of(arguments: argparse.Namespace) -> Protocol:
    if not arguments.paper:
        return Protocol(
            data="fashion_mnist",
            width=arguments.width,
            dropout=(0.0, 0.0),
            epochs=arguments.epochs,
            grid_epochs=1,
            batch_size=arguments.batch_size,
            whitened=False,
            samples=arguments.samples,
        )
    return Protocol(
        data=_data_of_the_paper(arguments.device),
        width=PAPER_WIDTH,
        dropout=PAPER_DROPOUT,
        epochs=350,
        grid_epochs=350,
        batch_size=128,
        whitened=True,
    )


def _data_of_the_paper(device: str) -> str:
    import torch

    from convscope import data as datasets
    from convscope.errors import ConvscopeError

    try:
        datasets.open("cifar10")
    except ConvscopeError as error:
        if device == "cpu" or not torch.cuda.is_available():
            sys.exit(
                f"--paper needs CIFAR-10 or a GPU (--device cuda), and neither is here.\n{error}"
            )
        return "fashion_mnist"
    return "cifar10"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--paper", action="store_true", help="the paper's protocol in full")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time, one thread each")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--width", type=int, default=16, help="maps of the first block; 96")
    parser.add_argument("--epochs", type=int, default=7)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--grid", type=float, nargs="+", help="peaks to choose from")
    parser.add_argument("--samples", type=int, help="train on so many images only: a trial")
    parser.add_argument("--out", type=Path, default=Path("runs/all_cnn"))
    arguments = parser.parse_args()
    protocol = protocol_of(arguments)
    results = Results(arguments.out, protocol)
    common = (protocol, results, arguments.out, arguments.jobs, arguments.device)
    begun = time.perf_counter()
    grid = tuple(arguments.grid or (GRID if arguments.paper else SMALL_GRID))
    rates = choose_rates(grid, *common)
    tasks = [
        Task(network, rates[network], seed, protocol.epochs, test=True)
        for seed in range(arguments.seeds)
        for network in PAPER_ERROR
    ]
    rows = carry_out_all(tasks, *common)
    print(f"{platform.platform()}, {arguments.device}, {arguments.jobs} at a time;")
    print(json.dumps(asdict(protocol)))
    print(f"{time.perf_counter() - begun:.0f} s in this process\n")
    print(table(protocol, rows))
    print(differences(rows))


if __name__ == "__main__":
    main()
