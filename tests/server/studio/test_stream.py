"""The stream: messages to tabs, lines of growing files, and the watcher of run folders."""

import asyncio
import contextlib
import json
import shutil

import pytest

from convscope.server.answers import Refusal
from convscope.server.studio.stream.hub import Hub
from convscope.server.studio.stream.lines import Tail, as_json


async def read(client, number):
    """Return the next messages of a client as (id, event, data)."""
    rows = []
    async with contextlib.aclosing(client.lines()) as lines:
        async for text in lines:
            for block in text.decode().strip().split("\n\n"):
                fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
                if "data" in fields:
                    rows.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
            if len(rows) >= number:
                return rows
    return rows


def test_a_tab_begins_with_reset_and_gets_what_it_missed_after_a_break():
    async def check():
        hub = Hub()
        first = hub.join(None)
        hub.publish("job", {"n": 1})
        rows = await read(first, 2)
        assert [row[1] for row in rows] == ["reset", "job"]
        assert hub.num_clients == 0  # it left
        hub.publish("job", {"n": 2})
        hub.publish("run", b'{"n":3}')
        rows += await read(hub.join(rows[-1][0]), 2)
        assert [row[2].get("n") for row in rows[1:]] == [1, 2, 3]
        numbers = [row[0] for row in rows]
        assert numbers == sorted(set(numbers))

    asyncio.run(check())


@pytest.mark.parametrize("difference", [-1, 1])
def test_an_id_that_is_not_in_the_buffer_gives_a_reset(difference):
    async def check():
        hub = Hub(kept=3)
        for n in range(5):
            hub.publish("job", {"n": n})
        oldest, newest = hub._first, hub._last
        wrong = oldest - 1 if difference < 0 else newest + 1
        assert (await read(hub.join(wrong), 1))[0][1] == "reset"
        assert [row[2]["n"] for row in await read(hub.join(oldest), 3)] == [2, 3, 4]

    asyncio.run(check())


def test_ids_grow_over_a_restart_and_old_ones_give_a_reset(monkeypatch):
    async def check():
        monkeypatch.setattr("convscope.server.studio.stream.hub.time.time", lambda: 1000.0)
        before = Hub()
        before.publish("job", {})
        monkeypatch.setattr("convscope.server.studio.stream.hub.time.time", lambda: 1001.0)
        after = Hub()
        rows = await read(after.join(before._last), 1)
        assert rows[0][1] == "reset"
        assert rows[0][0] > before._last

    asyncio.run(check())


def test_tabs_are_bounded_and_one_that_does_not_read_is_dropped():
    async def check():
        hub = Hub(kept_bytes=1000, most_clients=2)
        slow, other = hub.join(None), hub.join(None)
        with pytest.raises(Refusal) as error:
            hub.join(None)
        assert error.value.status == 503
        for _ in range(30):
            hub.publish("job", {"text": "x" * 100})
        assert slow.ended
        assert slow._bytes < 3000
        hub.leave(slow)
        hub.leave(other)
        hub.join(None)
        hub.close()
        with pytest.raises(Refusal):
            hub.join(None)

    asyncio.run(check())


def test_a_quiet_stream_has_heartbeats():
    async def check():
        hub = Hub(beat_s=0.01)
        texts = []
        async for text in hub.join(None).lines():
            texts.append(text)
            if len(texts) == 4:
                break
        assert texts[2:] == [b": beat\n\n"] * 2

    asyncio.run(check())


def test_lines_are_read_from_where_the_last_reading_ended(tmp_path):
    path = tmp_path / "events.jsonl"
    tail = Tail(path)
    assert not tail.changed()
    assert tail.read().text == b""
    path.write_bytes(b'{"a":1}\n{"a":')
    assert tail.changed()
    assert tail.read().text == b'{"a":1}\n'
    assert not tail.changed()
    with path.open("ab") as file:
        file.write(b'2}\n{"a":3}\n')
    lines = tail.read()
    assert (lines.text, lines.start, lines.end) == (b'{"a":2}\n{"a":3}\n', 8, 24)


def test_a_file_that_was_cut_is_read_again_even_if_it_has_grown_past_the_offset(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"a":1}\n{"a":2}\n')
    tail = Tail(path)
    tail.read()
    path.write_bytes(b'{"a":1}\n{"b":2}\n{"b":3}\n')
    lines = tail.read()
    assert lines.restarted
    assert (lines.start, lines.text.count(b"\n")) == (0, 3)
    path.write_bytes(b"")
    assert tail.read().restarted
    path.unlink()
    assert tail.read().text == b""


def test_a_reading_is_bounded_and_the_rest_follows(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"".join(b'{"a":%d}\n' % n for n in range(100)))
    tail, texts = Tail(path), []
    while True:
        lines = tail.read(200)
        texts.append(lines.text)
        if not lines.more:
            break
    assert b"".join(texts) == path.read_bytes()
    assert max(map(len, texts)) <= 200


def test_links_are_not_followed_and_lines_that_are_no_json_are_left_out(tmp_path):
    (tmp_path / "secret").write_text("{}\n")
    (tmp_path / "events.jsonl").symlink_to(tmp_path / "secret")
    assert Tail(tmp_path / "events.jsonl").read().text == b""
    assert json.loads(as_json(b'{"a":1}\n\xff\n{"a"\nNaN\n\n{"b":2}\n')) == [{"a": 1}, {"b": 2}]


def messages(hub, since=0):
    return [(m.kind, json.loads(m.data)) for m in hub._ring if m.number > since]


def test_a_run_that_appears_grows_and_goes_is_told(studio, monkeypatch):
    monkeypatch.setattr("convscope.server.studio.stream.watcher.FOLDERS_S", 0)
    monkeypatch.setattr("convscope.server.studio.workspace.FRESH_S", 0)
    studio.watcher.poll()
    assert messages(studio.hub) == []  # what was there before is read by the page
    root = studio.workspace.root / "runs"
    shutil.copytree(root / "tiny", root / "other")
    studio.watcher.poll()
    [(kind, row)] = messages(studio.hub)
    assert (kind, row["id"], row["run"]["state"]) == ("run", "other", "finished")
    events = root / "other" / "events.jsonl"
    size = events.stat().st_size
    with events.open("ab") as file:
        file.write(b'{"type":"Step","step":99}\n{"type":"St')
    last = studio.hub._last
    studio.watcher.poll()
    [(_, row)] = messages(studio.hub, last)
    assert (row["from"], row["events"]) == (size, [{"type": "Step", "step": 99}])
    reply = studio.get(f"/api/runs/other/events?offset={size}").json()
    assert reply == {"events": row["events"], "offset": row["to"]}
    assert len(studio.get("/api/runs/other/events").json()["events"]) > 3
    last = studio.hub._last
    shutil.rmtree(root / "other")
    studio.watcher.poll()
    assert (messages(studio.hub, last)[0][1]["id"], messages(studio.hub, last)[0][1]["run"]) == (
        "other",
        None,
    )


def test_a_damaged_run_is_shown_and_stops_nothing(studio, monkeypatch):
    monkeypatch.setattr("convscope.server.studio.stream.watcher.FOLDERS_S", 0)
    monkeypatch.setattr("convscope.server.studio.workspace.FRESH_S", 0)
    studio.watcher.poll()
    folder = studio.workspace.root / "runs" / "<img src=x onerror=alert(1)>"
    folder.mkdir()
    (folder / "recipe.json").write_bytes(b"\xff{")
    (folder / "events.jsonl").mkdir()
    studio.watcher.poll()
    [(_, row)] = messages(studio.hub)
    assert row["run"]["state"] == "damaged"
    assert len(row["id"]) == 16
    assert studio.get(f"/api/runs/{row['id']}/events").json() == {"events": [], "offset": 0}


def test_sentences_of_jobs_are_in_the_language_of_the_tab():
    async def check(languages):
        hub = Hub()
        hub.publish(
            "job",
            {"progress": {"text": "epoch 1 of 2"}, "error": {"given": "there is no such job"}},
        )
        return (await read(hub.join(hub._first, languages), 1))[0][2]

    english, chinese = asyncio.run(check("en")), asyncio.run(check("zh"))
    assert english["progress"]["text"] == "epoch 1 of 2"
    assert chinese["error"]["given"] == "没有这个任务"
    assert chinese["progress"]["text"] != english["progress"]["text"]
