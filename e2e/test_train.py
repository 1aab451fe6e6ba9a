"""The training page: it learns, pauses, saves what Python opens, and a link reproduces it."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page, expect

import convscope
from e2e.conftest import Export
from e2e.site import Site
from e2e.visit import Visit

Exported = Callable[[str], Export]
Serve = Callable[..., Site]
Open = Callable[..., Visit]
Train = Callable[..., Page]

STEPS = 3000  # within which LeNet-5 reaches 95 % of the held-out digits
SLOW = 90_000  # milliseconds: the machine may be busy
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def site(page_folder: Path, exported: Exported, serve: Serve) -> Site:
    return serve(page_folder, model=exported("lenet5").folder / "model")


@pytest.fixture
def train(site: Site, open_page: Open) -> Train:
    """Return a function that opens the training page with further values in its address."""

    def train(values: str = "", *, ready: bool = True, **options: str) -> Page:
        page: Page = open_page(f"{site.url}#tab=train&{values}", **options).page
        if ready:
            expect(button(page, "Start")).to_be_enabled(timeout=SLOW)
        return page

    return train


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def figure(page: Page, name: str, lane: int = 0) -> str:
    """Return a figure of the head of the page, as text."""
    figures = page.locator(".train dl").nth(lane).locator("div", has_text=name)
    return figures.locator("dd").first.inner_text()


def number(page: Page, name: str, lane: int = 0) -> float:
    digits = re.sub(r"[^\d.]", "", figure(page, name, lane))
    return float(digits) if digits else float("nan")


def until(page: Page, name: str, least: float, lane: int = 0) -> None:
    script = """([lane, name, least]) => {
        const figures = [...document.querySelectorAll('.train dl')[lane].querySelectorAll('div')];
        const one = figures.find((div) => div.querySelector('dt')?.textContent === name);
        const text = one?.querySelector('dd')?.textContent.replace(/[^0-9.]/g, '');
        return text !== '' && Number(text) >= least;
    }"""
    page.wait_for_function(script, arg=[lane, name, least], timeout=SLOW)


def shown_probabilities(page: Page) -> NDArray[np.float64]:
    """Return the bars of the handful, (N, K)."""
    styles = page.locator(".train .bars").evaluate_all(
        "lists => lists.map(l => [...l.querySelectorAll('i')].map(bar => bar.style.transform))"
    )
    return np.array(
        [[float(re.sub(r"[^\d.e-]", "", s.split("(")[1])) for s in row] for row in styles]
    )


def handful(folder: Path) -> NDArray[np.uint8]:
    """Return the first held-out digit of each class, (N, H, W)."""
    content = gzip.decompress((folder / "model" / "training" / "mnist.cvi").read_bytes())
    length = int.from_bytes(content[4:8], "little")
    header = json.loads(content[8 : 8 + length])
    count = header["train"] + header["held_out"]
    start = 8 + length
    classes = np.frombuffer(content, np.uint8, count, start)
    pixels = np.frombuffer(content, np.uint8, offset=start + count).reshape(count, 28, 28)
    held_out = classes[header["train"] :].tolist()
    return pixels[[header["train"] + held_out.index(label) for label in range(10)]]


def test_lenet5_learns_pauses_and_opens_in_python(
    train: Train, exported: Exported, tmp_path: Path
) -> None:
    page = train()
    until(page, "Accuracy, held out", 1)
    assert number(page, "Accuracy, held out") < 40  # guesses
    button(page, "Start").click()
    until(page, "Accuracy, held out", 95)
    button(page, "Pause").click()
    assert number(page, "Step") <= STEPS
    page.wait_for_timeout(500)  # a step that was on its way
    step = figure(page, "Step")
    page.wait_for_timeout(1500)
    assert figure(page, "Step") == step

    with page.expect_download() as download:
        button(page, "Save model").click()
    path = tmp_path / "model.safetensors"
    download.value.save_as(path)
    model = convscope.open(path)
    digits = handful(exported("lenet5").folder)
    predicted = model.predict([Image.fromarray(digit) for digit in digits], topk=10, digit=False)
    labels = list(model.labels)
    expected = np.zeros((10, 10))
    for row, prediction in zip(expected, predicted, strict=True):
        for score in prediction.top:
            row[labels.index(score.label)] = score.probability
    np.testing.assert_allclose(shown_probabilities(page), expected, atol=1e-4)
    accuracy = figure(page, "Accuracy, held out")

    button(page, "Reset").click()
    until(page, "Step", 0)
    page.locator("input[accept='.safetensors']").set_input_files(path)
    expect(page.get_by_text("is open:")).to_be_visible(timeout=SLOW)
    np.testing.assert_allclose(shown_probabilities(page), expected, atol=1e-4)
    assert abs(number(page, "Accuracy, held out") - float(accuracy.split()[0])) < 2


def test_a_link_reproduces_the_first_losses(train: Train) -> None:
    def losses(values: str) -> list[str]:
        page = train(values)
        values_shown = []
        for step in range(1, 4):
            button(page, "One step").click()
            until(page, "Step", step)
            values_shown.append(figure(page, "Loss"))
        return values_shown

    link = "seed=7&batch=16&lr=0.01&opt=Adam,0.9,0.999,1e-8&aug=2,5,0,0"
    first = losses(link)
    assert losses(link) == first
    assert losses(link.replace("seed=7", "seed=8")) != first
    assert losses(link.replace("aug=2,5,0,0&", "").replace("&aug=2,5,0,0", "")) != first


def test_settings_are_in_the_address_and_change_while_it_runs(train: Train) -> None:
    page = train()
    button(page, "Start").click()
    until(page, "Step", 20)
    page.get_by_label("Batch size").select_option("64")
    page.get_by_label("Optimiser").select_option("Adadelta")
    page.wait_for_function("() => location.hash.includes('opt=Adadelta,0.95')")
    assert "batch=64" in page.url
    before = number(page, "Step")
    until(page, "Step", before + 20)  # it went on


def test_two_networks_race_and_the_race_ends(train: Train) -> None:
    page = train()
    button(page, "Add a second network to race").click()
    expect(page.locator(".train dl")).to_have_count(2)
    expect(button(page, "Start")).to_be_enabled(timeout=SLOW)
    button(page, "Start").click()
    until(page, "Step", 20, 0)
    until(page, "Step", 20, 1)
    assert "net2=" in page.url
    button(page, "Network B").first.click()
    button(page, "Pause").click()
    button(page, "End the race").click()
    expect(page.locator(".train dl")).to_have_count(1)
    page.wait_for_function("() => !location.hash.includes('net2')")


def test_a_learning_rate_that_is_too_large_says_what_to_try(train: Train) -> None:
    page = train("net=convnetjs_mnist&lr=100")
    button(page, "Start").click()
    expect(page.get_by_text("Learning rate too large: try 10")).to_be_visible(timeout=SLOW)


def test_an_edited_network_is_trained_and_faults_are_at_their_place(train: Train) -> None:
    page = train()
    button(page, "Edit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("conv1 out_channels").fill("12")
    expect(dialog.get_by_text("64,262 parameters")).to_be_visible()
    dialog.get_by_label("conv1 kernel_size").fill("50")
    expect(dialog.get_by_role("alert")).to_contain_text("conv1")
    expect(dialog.locator("li.faulty")).to_contain_text("conv1")
    button(page, "JSON").click()
    text = dialog.get_by_label("Architecture as JSON")
    text.fill(text.input_value().replace('"kernel_size": 50', '"kernel_size": 5,'))
    expect(dialog.get_by_role("alert")).to_contain_text("Line")
    text.fill(text.input_value().replace('"kernel_size": 5,}', '"kernel_size": 5}'))
    expect(dialog.get_by_role("alert")).to_have_count(0)
    page.keyboard.press("Escape")
    page.wait_for_function("() => location.hash.includes('net=.')")
    expect(button(page, "Start")).to_be_enabled(timeout=SLOW)
    button(page, "One step").click()
    until(page, "Step", 1)
    # the link holds the edited network
    again = train(page.url.split("#", 1)[1].replace("tab=train&", ""))
    expect(again.get_by_text("64,262 parameters")).to_be_visible(timeout=SLOW)


def test_trained_weights_are_looked_at(train: Train) -> None:
    page = train()
    button(page, "One step").click()
    until(page, "Step", 1)
    button(page, "Look inside").click()
    page.wait_for_function("() => !location.hash.includes('tab=train')", timeout=SLOW)


def test_own_folders_become_classes(train: Train, tmp_path: Path) -> None:
    page = train()
    random = np.random.default_rng(0)
    folder = tmp_path / "shapes"
    for label, low in ((HOSTILE, 0), ("light", 128)):
        (folder / label).mkdir(parents=True)
        for index in range(12):
            pixels = random.integers(low, low + 128, (40, 40), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / label / f"{index}.png")
    (folder / "light" / "broken.png").write_bytes(b"not an image")
    page.locator("input[webkitdirectory]").set_input_files(folder)
    expect(page.get_by_text("20 for training, 4 held out; 2 classes")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("broken.png")).to_be_visible()
    expect(button(page, "Start")).to_be_enabled(timeout=SLOW)
    button(page, "Start").click()
    until(page, "Accuracy, held out", 100)
    expect(page.get_by_text(HOSTILE[:3]).first).to_be_visible()

    (tmp_path / "flat").mkdir()
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "flat" / "1.png")
    page.locator("input[webkitdirectory]").set_input_files(tmp_path / "flat")
    expect(page.get_by_role("alert")).to_contain_text("one subfolder for each class")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (lambda content: content[:-1000], "ends too early or is damaged"),
        (lambda content: b"<html>" + content, "not a file of packed images"),
        (lambda _: 404, "mnist.cvi"),
    ],
)
def test_images_that_cannot_be_read_are_a_sentence(
    fault: Callable[[bytes], bytes | int], sentence: str, site: Site, open_page: Open
) -> None:
    site.faults["mnist.cvi"] = fault
    visit = open_page(f"{site.url}#tab=train")
    alert = visit.page.get_by_role("alert")
    expect(alert).to_contain_text(sentence, timeout=60_000)
    visit.expect("404")
