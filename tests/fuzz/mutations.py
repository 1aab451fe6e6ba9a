"""Seeded damage to files: to their bytes, to the JSON in them, and below checksums that stay right.

A mutation takes a file's bytes and a random generator, and returns other bytes. Those that know
a format repair its lengths and checksums afterwards, so that the damage reaches the code behind.
"""

import copy
import gzip
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from random import Random
from typing import Any

Mutation = Callable[[bytes, Random], bytes]

NUMBERS = (0, -1, 1, 2, 255, 2**15, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 2**64, 10**30, -(2**63))
ODD_FLOATS = (0.5, -0.0, 1e308, 1e-320)
ODD_NUMBERS = (b"9" * 5_000, b"1e999", b"-1e999", b"NaN", b"Infinity", b"0x10", b"01", b"1e-999")
TEXTS = (
    "",
    "\x1b[31mred\x1b[0m",
    "a\u202egpj.exe",
    "\ud800",
    "../../../etc/passwd",
    "/dev/zero",
    "[bold red]x[/b]",
    "=cmd|' /C calc'!A0",
    "猫",
    "x" * 300,
    "a" * 5_000,
    "9" * 5_000,
    "\0",
    "NaN",
    "1e400",
    "CON",
    "<img src=x onerror=alert(1)>",
)
MAX_BYTES = 1 << 20


def bytes_of(data: bytes, random: Random) -> bytes:
    """Flip, cut, double, move or replace some bytes."""
    changed = bytearray(data)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(changed) + 1)
        length = random.choice((1, 2, 4, 8, 64, 1024))
        match random.randrange(7):
            case 0 if changed:
                changed[at % len(changed)] ^= 1 << random.randrange(8)
            case 1:
                del changed[at:]
            case 2:
                del changed[at : at + length]
            case 3:
                changed[at:at] = changed[at : at + length] * random.choice((1, 2, 50))
            case 4:
                changed[at:at] = random.randbytes(length)
            case 5:
                size = random.choice((2, 4, 8))
                number = random.choice(NUMBERS) % (1 << 8 * size)
                changed[at : at + size] = number.to_bytes(size, random.choice(("little", "big")))
            case _:
                start = random.randrange(len(changed) + 1)
                changed[at : at + length] = changed[start : start + length]
    return bytes(changed[:MAX_BYTES])


def json_of(data: bytes, random: Random) -> bytes:
    """Change values, keys and structure of a JSON document, or its encoding."""
    if random.random() < 0.2:
        return _with_odd_number(data, random)
    try:
        document = json.loads(data)
    except ValueError:
        return text_of(data, random)
    for _ in range(random.randint(1, 3)):
        document = _changed(document, random)
    try:
        text = json.dumps(document, ensure_ascii=random.random() < 0.5)
        return _encoded(text, random)
    except (ValueError, RecursionError):
        return bytes_of(data, random)


def _with_odd_number(data: bytes, random: Random) -> bytes:
    """Replace a number of a JSON text by one that `json.dumps` would not write."""
    places = list(re.finditer(rb"-?\d+(\.\d+)?", data))
    if not places:
        return bytes_of(data, random)
    place = random.choice(places)
    return data[: place.start()] + random.choice(ODD_NUMBERS) + data[place.end() :]


def text_of(data: bytes, random: Random) -> bytes:
    """Change lines and words of a text, or its encoding."""
    lines = data.decode("utf-8", "replace").split("\n")
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(lines))
        match random.randrange(9):
            case 0:
                lines[at] = random.choice(TEXTS)
            case 1:
                lines.insert(at, lines[random.randrange(len(lines))])
            case 2:
                lines.insert(at, str(random.choice(NUMBERS)))
            case 3:
                del lines[at:]
                lines.append("")
            case 4 | 5 | 6 | 7:
                mark = random.choice([c for c in lines[at] if c in ",;:=x ."] or [","])
                words = lines[at].split(mark)
                new = random.choice((*TEXTS, *map(str, NUMBERS), '"', "\t", ";", "inf", "nan"))
                words[random.randrange(len(words))] = new
                lines[at] = mark.join(words)
            case _:
                random.shuffle(lines)
    return _encoded("\n".join(lines), random)


def _encoded(text: str, random: Random) -> bytes:
    coding = random.choices(("utf-8", "utf-8-sig", "utf-16", "latin-1"), (20, 1, 1, 1))[0]
    data = text.encode(coding, "surrogatepass" if coding.startswith("utf") else "replace")
    return bytes_of(data, random) if random.random() < 0.2 else data


def _changed(document: Any, random: Random) -> Any:
    """Return a copy with one place changed, at a random depth."""
    root = [copy.deepcopy(document)]
    parent: Any = root
    key: Any = 0
    while isinstance(parent[key], dict | list) and parent[key] and random.random() < 0.85:
        parent = parent[key]
        key = (
            random.choice(list(parent))
            if isinstance(parent, dict)
            else random.randrange(len(parent))
        )
    match random.randrange(8):
        case 0:
            parent[key] = random.choice(NUMBERS)
        case 1:
            parent[key] = random.choice(TEXTS)
        case 2:
            parent[key] = random.choice((None, True, [], {}, [[]], *ODD_FLOATS))
        case 3 if isinstance(parent, dict):
            parent[random.choice(TEXTS)] = parent.pop(key)
        case 4 if isinstance(parent, dict):
            del parent[key]
        case 5:
            for _ in range(random.choice((1, 70, 300))):
                parent[key] = [parent[key]] if random.random() < 0.5 else {"a": parent[key]}
        case 6:
            parent[key] = [parent[key]] * random.choice((2, 100))
        case _:
            if isinstance(parent[key], int) and not isinstance(parent[key], bool):
                parent[key] += random.choice((-1, 1, 1 << 20))
            else:
                parent[key] = str(parent[key]) * random.choice((1, 2, 40))
    return root[0]


def safetensors_of(data: bytes, random: Random) -> bytes:
    """Change the JSON header of a safetensors file, metadata that are JSON included."""
    length = int.from_bytes(data[:8], "little")
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    inner = [k for k, v in header.get("__metadata__", {}).items() if v.startswith(("{", "["))]
    if inner and random.random() < 0.7:
        name = random.choice(inner)
        changed = json_of(header["__metadata__"][name].encode(), random)
        header["__metadata__"][name] = changed.decode("utf-8", "replace")
        text = json.dumps(header).encode()
    else:
        text = json_of(json.dumps(header).encode(), random)
    if random.random() < 0.2:
        body = bytes_of(body, random)
    return len(text).to_bytes(8, "little") + text + body


def png_of(data: bytes, random: Random) -> bytes:
    """Change, double, drop or insert a chunk of a PNG; the checksums are right."""
    chunks, at = [], 8
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    number = random.randrange(len(chunks))
    name, body = chunks[number]
    match random.randrange(4):
        case 0:
            chunks[number] = (name, bytes_of(body, random))
        case 1:
            chunks.insert(number, chunks[number])
        case 2:
            del chunks[number]
        case _:
            extra = random.choice((b"tRNS", b"PLTE", b"iCCP", b"zTXt", b"eXIf", b"acTL", b"fdAT"))
            chunks.insert(number, (extra, random.randbytes(random.choice((0, 2, 6, 800)))))
    return data[:8] + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def tar_of(data: bytes, random: Random) -> bytes:
    """Change a field of one header of a tar archive; its checksum is right."""
    headers, at = [], 0
    while at + 512 <= len(data) and data[at : at + 1] != b"\0":
        headers.append(at)
        size = int(data[at + 124 : at + 135] or b"0", 8)
        at += 512 + (size + 511) // 512 * 512
    at = random.choice(headers)
    head = bytearray(data[at : at + 512])
    begin, length = random.choice(((0, 100), (124, 12), (156, 1), (157, 100), (257, 8), (345, 155)))
    new = random.choice(
        (
            random.randbytes(length),
            b"../../escaped.png".ljust(length, b"\0")[:length],
            b"/tmp/escaped.png".ljust(length, b"\0")[:length],
            oct(random.choice((0, 1, 2**33, 8**11 - 1)))[2:].encode().rjust(11, b"0") + b"\0",
            random.choice((b"0", b"1", b"2", b"3", b"5", b"6", b"L", b"x", b"g", b"S")),
        )
    )[:length]
    head[begin : begin + len(new)] = new
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return data[:at] + bytes(head) + data[at + 512 :]


def zip_of(inner: Mutation) -> Mutation:
    """Return a mutation of one member of a zip archive; the checksums are right."""

    def mutated(data: bytes, random: Random) -> bytes:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
        number = random.randrange(len(members))
        stream = io.BytesIO()
        packing = random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
        with zipfile.ZipFile(stream, "w", packing) as archive:
            for place, (name, body) in enumerate(members):
                archive.writestr(name, inner(body, random) if place == number else body)
        return stream.getvalue()

    return mutated


def gzip_of(inner: Mutation) -> Mutation:
    """Return a mutation below gzip; the checksum is right."""
    return lambda data, random: gzip.compress(inner(gzip.decompress(data), random), 1, mtime=0)
