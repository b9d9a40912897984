"""Files made to hurt, or only broken: each gives one finding that says what to do, and exit status 2, in bounds."""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time

import pytest

SECONDS = 20
"""Wall-clock time that one file may take, on a machine that does much else; half of it goes for starting Python."""
MEGABYTES = 500
"""Resident memory that one file may take; the packages that the command imports take some 150 of them."""

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">
  <Header description="caf\u00e9"/>
  <DataDictionary>
    <DataField name="x" optype="continuous" dataType="double"/>
    <DataField name="y" optype="continuous" dataType="double"/>
  </DataDictionary>
  <TreeModel functionName="regression">
    <MiningSchema><MiningField name="x"/><MiningField name="y" usageType="target"/></MiningSchema>
    <Node score="1"><True/></Node>
  </TreeModel>
</PMML>
"""
PROGRAM = """
import atexit, pathlib, sys
def tell():
    status = pathlib.Path("/proc/self/status").read_text()
    pathlib.Path(sys.argv[1]).write_text(status.partition("VmHWM:")[2].split()[0])
atexit.register(tell)
from modelport.cli import main
main(["validate", "--format", "json", *sys.argv[2:]])
"""
"""The command, which leaves the kilobytes that it took at most in a file.

What the kernel counts for a child would begin with the memory of the process that it was forked from.
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="bounds are measured as Linux counts them")


def run(*paths, feed=None):
    """Validate files in a process of its own; ``feed`` writes to its standard input and may find it closed.

    Returns:
        Exit status, the reports, and what it said on standard error.
    """
    began = time.monotonic()
    with tempfile.NamedTemporaryFile("r") as peak:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, peak.name, *map(str, paths)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        writer = threading.Thread(target=_write, args=(process.stdin, feed), daemon=True)
        writer.start()
        with process.stdout, process.stderr:
            said, complained = process.stdout.read(), process.stderr.read().decode()
        status = process.wait(timeout=SECONDS)
        kilobytes = int(peak.read())
    writer.join(timeout=SECONDS)
    assert time.monotonic() - began < SECONDS
    assert kilobytes < MEGABYTES * 1024, f"{kilobytes / 1024:.0f} MB"
    return status, json.loads(said), complained


def _write(pipe, feed):
    try:
        with pipe:
            for piece in feed() if feed is not None else ():
                pipe.write(piece)
    except BrokenPipeError:
        pass


def assert_one_finding(answer, rule, *words):
    status, (report,), complained = answer
    assert status == 2
    assert complained == ""
    assert not report["readable"]
    (finding,) = report["findings"]
    assert finding["rule"] == rule
    assert finding["severity"] == "error"
    assert finding["remedy"]
    assert len(finding["message"]) < 300
    text = f"{finding['message']}; {finding['remedy']}".lower()
    assert all(word.lower() in text for word in words), text


def file_of(tmp_path, content, name="model.pmml"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_the_document_itself_is_valid(tmp_path):
    status, (report,), complained = run(file_of(tmp_path, DOCUMENT.encode()))
    assert (status, report["findings"], complained) == (0, [], "")


def _bomb() -> bytes:
    entities = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    return DOCUMENT.replace("<PMML", f"<!DOCTYPE PMML [{entities}]><PMML", 1).replace("caf\u00e9", "&a11;").encode()


SMALL = {
    **{f"cut after {n}": (DOCUMENT.encode()[:n], "file/unreadable", "export") for n in (10, 60, 200, 400, -10)},
    "cut gzip": (gzip.compress(DOCUMENT.encode())[:-20], "file/unreadable", "truncated"),
    "latin-1 as utf-8": (DOCUMENT.encode("latin-1"), "file/unreadable", "well-formed"),
    "utf-8 as utf-16": (DOCUMENT.replace("UTF-8", "UTF-16").encode(), "file/unreadable", "well-formed"),
    "utf-8 as ascii": (DOCUMENT.replace("UTF-8", "ASCII").encode(), "file/unreadable", "well-formed"),
    "unknown encoding": (DOCUMENT.replace("UTF-8", "utf-99").encode(), "file/unreadable", "unknown"),
    "encoding of bytes": (DOCUMENT.replace("UTF-8", "rot13").encode(), "file/unreadable", "unknown"),
    "entity bomb": (_bomb(), "file/unsafe", "remove the <!DOCTYPE"),
    "csv": (b"name,value\n1,2\n", "file/unreadable", "is not PMML"),
    "zip": (b"PK\x03\x04" + bytes(100), "file/unreadable", "is not PMML"),
    "json": (b'{"version": "4.4"}', "file/unreadable", "is not PMML"),
    "protobuf": (b"\x08\x09onnx", "file/unreadable", "is not PMML"),
    "blank": (b"  \n \n", "file/unreadable", "is not PMML"),
    "html": (b"<html><body/></html>", "file/not-pmml", "html, not PMML"),
    "empty": (b"", "file/unreadable", "is empty"),
}
"""Contents of files, the rule that each breaks, and words of what is said of it."""


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """What one run of the command says of all of them."""
    folder = tmp_path_factory.mktemp("hostile")
    paths = [file_of(folder, content, f"{name}.pmml") for name, (content, _, _) in SMALL.items()]
    status, reports, complained = run(*paths)
    assert (status, complained, len(reports)) == (2, "", len(SMALL))
    return dict(zip(SMALL, reports, strict=True))


@pytest.mark.parametrize("name", SMALL)
def test_a_small_hostile_file(reports, name):
    _, rule, words = SMALL[name]
    assert_one_finding((2, [reports[name]], ""), rule, words)


@pytest.mark.parametrize("name", ["cut after 400", "latin-1 as utf-8", "entity bomb", "csv", "empty"])
def test_it_alone_ends_with_status_2(tmp_path, name):
    content, rule, words = SMALL[name]
    assert_one_finding(run(file_of(tmp_path, content)), rule, words)


def test_encodings_that_are_what_they_say(tmp_path):
    encodings = ("utf-16", "utf-8-sig", "iso-8859-1", "windows-1252", "windows-1250")
    texts = {encoding: DOCUMENT.replace("UTF-8", encoding.replace("-sig", "")) for encoding in encodings}
    paths = [file_of(tmp_path, text.encode(encoding), f"{encoding}.pmml") for encoding, text in texts.items()]
    status, reports, _ = run(*paths)
    assert (status, [report["findings"] for report in reports]) == (0, [[]] * len(encodings))


def test_an_entity_bomb_behind_a_long_comment(tmp_path):
    bomb = f"<!-- {'x' * 3_000_000} --><!DOCTYPE PMML [<!ENTITY a 'b'>]><PMML version='4.4'>&a;</PMML>"
    assert_one_finding(run(file_of(tmp_path, bomb.encode())), "file/unsafe", "DOCTYPE", "remove")


@pytest.mark.parametrize("form", ['<!DOCTYPE PMML SYSTEM "{}">', '<!DOCTYPE PMML [<!ENTITY e SYSTEM "{}">]>'])
def test_external_entities_are_neither_fetched_nor_read(tmp_path, form):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/e.dtd"
        for url in (address, (tmp_path / "secret.txt").as_uri()):
            attack = DOCUMENT.replace("<PMML", form.format(url) + "<PMML", 1).replace("caf\u00e9", "&e;")
            assert_one_finding(run(file_of(tmp_path, attack.encode())), "file/unsafe", "DOCTYPE", "remove")
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_gigabyte_of_nesting(tmp_path):
    """Through a pipe, which is closed long before its end."""
    written = 0

    def nesting():
        nonlocal written
        yield DOCUMENT[:200].partition("<Header")[0].encode()
        piece = b"<Extension>" * 100_000
        for _ in range(1 + (1 << 30) // len(piece)):
            yield piece
            written += len(piece)

    assert_one_finding(run("/dev/stdin", feed=nesting), "file/unsafe", "nested")
    assert written < 1 << 28


def test_a_gigabyte_of_nesting_in_a_small_file(tmp_path):
    path = tmp_path / "model.pmml.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(64):
            file.write(b"<PMML>" * (1 << 20) * 3)
    assert_one_finding(run(path), "file/unsafe", "nested")


def test_a_gigabyte_of_zeros(tmp_path):
    path = tmp_path / "model.pmml"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    assert_one_finding(run(path), "file/unreadable", "well-formed")


def test_a_million_attributes(tmp_path):
    attributes = "".join(f' a{i}="x"' for i in range(1_000_000))
    attack = DOCUMENT.replace("<Header", f"<Header{attributes}", 1)
    assert_one_finding(run(file_of(tmp_path, attack.encode())), "file/unsafe", "attributes")


def test_a_directory(tmp_path):
    assert_one_finding(run(tmp_path), "file/unreadable", "directory")


def test_no_file(tmp_path):
    assert_one_finding(run(tmp_path / "none.pmml"), "file/unreadable", "exist")


def test_a_bad_file_does_not_hide_what_is_wrong_with_another(tmp_path):
    wrong = file_of(tmp_path, DOCUMENT.replace('score="1"', 'scoer="1"').encode(), "wrong.pmml")
    status, (first, second), _ = run(file_of(tmp_path, b"", "empty.pmml"), wrong)
    assert (status, first["readable"], second["readable"]) == (2, False, True)
    assert "grammar/unknown-attribute" in [finding["rule"] for finding in second["findings"]]


def test_the_bound_of_memory_is_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "MEGABYTES", 1)
    with pytest.raises(AssertionError, match="MB"):
        run(file_of(tmp_path, DOCUMENT.encode()))
