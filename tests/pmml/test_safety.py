"""What must be refused is refused at once, with the file, the line and what to do; nothing outside is touched."""

from __future__ import annotations

import gzip
import io
import socket
import threading

import pytest

from modelport_runtime.errors import ArtifactError, UnsafeArtifactError, UnsupportedModelError
from modelport_runtime.pmml import _limits, _source, clean_bytes, read_pmml

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">
  <Header/>
  <DataDictionary>
    <DataField name="x" optype="continuous" dataType="double"/>
    <DataField name="y" optype="continuous" dataType="double"/>
  </DataDictionary>
  <TreeModel functionName="regression">
    <MiningSchema><MiningField name="x"/><MiningField name="y" usageType="target"/></MiningSchema>
    <Node id="0"><True/>
      <Node id="1" score="1.5"><SimplePredicate field="x" operator="lessOrEqual" value="0.5"/></Node>
      <Node id="2" score="2.5"><SimplePredicate field="x" operator="greaterThan" value="0.5"/></Node>
    </Node>
  </TreeModel>
</PMML>
"""
READERS = [read_pmml, clean_bytes]


def leaf_values(document):
    return sorted(value for value in document.model.predictor.leaf_values[:, 0].tolist() if value == value)


@pytest.mark.parametrize("read", READERS)
def test_doctype_is_refused(read):
    with pytest.raises(UnsafeArtifactError, match=r"<bytes>:2: .*DOCTYPE.*remove"):
        read(DOCUMENT.replace("<PMML", "<!DOCTYPE PMML>\n<PMML", 1).encode())


@pytest.mark.parametrize("read", READERS)
def test_entity_bomb_is_refused(read):
    entities = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    bomb = DOCUMENT.replace("<PMML", f"<!DOCTYPE PMML [{entities}]><PMML", 1).replace(
        "<Header/>", "<Header>&a11;</Header>"
    )
    with pytest.raises(UnsafeArtifactError):
        read(bomb.encode())


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE PMML SYSTEM "{url}">',
        '<!DOCTYPE PMML [<!ENTITY e SYSTEM "{url}">]>',
        '<!DOCTYPE PMML [<!ENTITY % e SYSTEM "{url}"> %e;]>',
    ],
)
def test_nothing_is_fetched(read, doctype):
    calls = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)

        def listen():
            try:
                server.accept()[0].close()
                calls.append(True)
            except TimeoutError:
                return

        thread = threading.Thread(target=listen)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/pmml.dtd"
        with pytest.raises(UnsafeArtifactError):
            read(DOCUMENT.replace("<PMML", doctype.format(url=url) + "<PMML", 1).encode())
        thread.join()
    assert not calls


@pytest.mark.parametrize(
    ("opening", "closing"),
    [("<Apply function='+'>", "</Apply>"), ("<Extension>", "</Extension>"), ("<Node>", "</Node>")],
)
def test_deep_nesting_is_refused(opening, closing):
    depth = _limits.MAXIMUM_NODE_DEPTH + 1 if opening == "<Node>" else _limits.MAXIMUM_DEPTH + 1
    inside = DOCUMENT.replace("<Header/>", "<Header>" + opening * depth + closing * depth + "</Header>")
    if opening == "<Node>":
        start, end = DOCUMENT.index("<Node"), DOCUMENT.index("</TreeModel>")
        inside = DOCUMENT[:start] + "<Node><True/>" * depth + "</Node>" * depth + DOCUMENT[end:]
    with pytest.raises(UnsafeArtifactError if opening != "<Node>" else ArtifactError, match="nested deeper"):
        read_pmml(inside.encode())


def test_too_many_attributes_are_refused():
    many = " ".join(f'a{i}="1"' for i in range(_limits.MAXIMUM_ATTRIBUTES + 1))
    for read in READERS:
        with pytest.raises(UnsafeArtifactError, match="attributes"):
            read(DOCUMENT.replace("<Header/>", f"<Header {many}/>").encode())


@pytest.mark.parametrize("read", READERS)
def test_decompressed_size_is_bounded(read, monkeypatch):
    monkeypatch.setattr(_source, "MAXIMUM_BYTES", 3 << 20)
    bomb = gzip.compress(DOCUMENT.replace("<Header/>", "<Header/>" + " " * (64 << 20)).encode())
    assert len(bomb) < 1 << 17
    with pytest.raises(UnsafeArtifactError, match="longer than"):
        read(bomb)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("cut", [60, 300, 500, len(DOCUMENT) - 20])
def test_truncated(read, cut):
    with pytest.raises(ArtifactError, match=r"<bytes>:\d+: .*not well-formed"):
        read(DOCUMENT.encode()[:cut])


def test_truncated_line_counts_scanned_trees():
    with pytest.raises(ArtifactError, match=r"<bytes>:15: "):
        read_pmml(DOCUMENT.encode()[: DOCUMENT.index("</PMML>")])


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"{}", "not well-formed"),
        (b"<html/>", "not a PMML document"),
        (gzip.compress(DOCUMENT.encode())[:-30], "truncated gzip"),
        (b"\x1f\x8bnothing", "gzip"),
        (DOCUMENT.encode("utf-16"), "not well-formed"),
        (DOCUMENT.replace("<Header/>", "<Header copyright='\xe9'/>").encode("latin-1"), "not well-formed"),
        (DOCUMENT.replace("UTF-8", "klingon").encode(), "encoding 'klingon' is unknown"),
        (DOCUMENT.replace("UTF-8", "rot13").encode(), "encoding 'rot13' is unknown"),
    ],
)
def test_not_readable(read, content, message):
    with pytest.raises(ArtifactError, match=message):
        read(content)


def test_paths(tmp_path):
    with pytest.raises(ArtifactError, match="does not exist"):
        read_pmml(tmp_path / "none.pmml")
    with pytest.raises(ArtifactError, match="is a directory"):
        read_pmml(tmp_path)
    (tmp_path / "model.xml").write_bytes(gzip.compress(DOCUMENT.encode()))
    assert leaf_values(read_pmml(tmp_path / "model.xml")) == [1.5, 2.5]
    with (tmp_path / "model.xml").open("rb") as file:
        assert leaf_values(read_pmml(file)) == [1.5, 2.5]
    with pytest.raises(ArtifactError, match="binary"):
        read_pmml(io.StringIO(DOCUMENT))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252", "gb18030", "shift_jis"]
)
def test_encodings(encoding):
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    name = "x" if encoding == "shift_jis" else "é"
    content = DOCUMENT.replace("UTF-8", declared).replace('"x"', f'"{name}"').encode(encoding)
    assert read_pmml(content).data_fields[0].name == name
    assert read_pmml(clean_bytes(content)).data_fields[0].name == name


def test_clean_bytes_keeps_what_has_a_meaning():
    special = DOCUMENT.replace('"x"', '"a&amp;&lt;&quot;&#9;b"').replace("<Header/>", "<!-- c --><Header/><?pi x?>")
    cleaned = clean_bytes(special.encode())
    assert b"<!--" not in cleaned
    assert b"<?pi" not in cleaned
    assert read_pmml(cleaned).data_fields[0].name == 'a&<"\tb'


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('score="1.5"', 'score="a"', 11, "score='a'"),
        ('value="0.5"', 'value="a"', 11, "'a' is no value of field 'x'"),
        ('operator="lessOrEqual"', 'operator="under"', 11, "'under' is unknown"),
        ('id="1" score="1.5"', 'recordCount="many" score="1"', 11, "is not a number"),
        ('functionName="regression"', 'functionName="guess"', 8, "functionName='guess' is unknown"),
        ('field="x"', 'field="z"', 8, "field 'z'"),
    ],
)
def test_faults_name_their_line(old, new, line, message):
    with pytest.raises(ArtifactError, match=rf"<bytes>:{line}: .*{message}"):
        read_pmml(DOCUMENT.replace(old, new).encode())


def test_every_unsupported_part_is_listed():
    content = DOCUMENT.replace("<Header/>", "<Header/><Surprise/>").replace("<MiningSchema>", "<Wonder/><MiningSchema>")
    with pytest.raises(UnsupportedModelError) as caught:
        read_pmml(content.encode())
    assert [cause.where for cause in caught.value.causes] == [
        "PMML/Surprise (line 3)",
        "PMML/TreeModel/Wonder (line 9)",
    ]
    other = DOCUMENT.replace("TreeModel", "DeepNetwork")
    with pytest.raises(UnsupportedModelError, match=r"PMML/DeepNetwork \(line 8\)"):
        read_pmml(other.encode())
