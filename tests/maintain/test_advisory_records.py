"""The command `advisory`: a CVE or OSV record becomes a warning, or corrects the range of one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from agent.maintain.__main__ import DATA, main

CVE: dict[str, Any] = {
    "dataType": "CVE_RECORD",
    "cveMetadata": {"cveId": "CVE-2030-1", "state": "PUBLISHED"},
    "containers": {
        "cna": {
            "affected": [
                {"product": "tchannel-go", "versions": [{"version": "0", "status": "affected"}]},
                {
                    "product": "Temporal Server",
                    "versions": [
                        {"version": "1.29.0", "lessThan": "1.29.9", "status": "affected"},
                        {"version": "v1.30.0", "lessThanOrEqual": "1.30.8", "status": "affected"},
                        {"version": "0", "lessThan": "1.28.5", "status": "affected"},
                        {"version": "1.32.0", "status": "affected"},
                        {"version": "1.33.0", "status": "unaffected"},
                    ],
                },
            ],
            "descriptions": [{"lang": "en", "value": "A caller\ncan crash it."}],
            "metrics": [{"format": "CVSS", "cvssV4_0": {"baseSeverity": "HIGH"}}],
        }
    },
}
OSV: dict[str, Any] = {
    "id": "GO-2030-1",
    "aliases": ["GHSA-aaaa", "CVE-2030-1"],
    "summary": "A caller can crash it",
    "affected": [
        {
            "package": {"name": "go.temporal.io/server", "ecosystem": "Go"},
            "ranges": [
                {
                    "type": "SEMVER",
                    "events": [
                        {"introduced": "0"},
                        {"fixed": "1.28.5"},
                        {"introduced": "1.29.0"},
                        {"last_affected": "1.29.8"},
                        {"introduced": "1.32.0"},
                    ],
                }
            ],
        }
    ],
}


def entered(folder: Path, record: Any) -> tuple[int, dict[str, dict[str, Any]]]:
    if not (folder / "data").exists():
        shutil.copytree(DATA, folder / "data")
    (folder / "record.json").write_text(record if isinstance(record, str) else json.dumps(record))
    code = main(["advisory", str(folder / "record.json"), "--data", str(folder / "data")])
    entries = json.loads((folder / "data" / "advisories.json").read_bytes())["advisories"]
    return code, {entry["id"]: entry for entry in entries}


def test_a_cve_record_becomes_a_warning_with_its_range(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, entries = entered(tmp_path, CVE)
    assert code == 0
    assert entries["CVE-2030-1"] == {
        "id": "CVE-2030-1",
        "scope": "running",
        "level": "critical",
        "releases": [">=1.29.0,<1.29.9", ">=1.30.0,<=1.30.8", "<1.28.5", "==1.32.0"],
        "summary": "A caller can crash it.",
        "remedy": "Use 1.28.5, 1.29.9 or later.",
        "source": "https://www.cve.org/CVERecord?id=CVE-2030-1",
    }
    assert "decide: condition" in capsys.readouterr().out


def test_an_osv_record_has_the_name_of_its_cve(tmp_path: Path) -> None:
    entry = entered(tmp_path, OSV)[1]["CVE-2030-1"]
    assert (entry["level"], entry["releases"]) == ("warning", ["<1.28.5", ">=1.29.0,<=1.29.8", ">=1.32.0"])


def test_a_known_warning_gets_the_new_range_and_keeps_what_a_person_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = json.loads((DATA / "advisories.json").read_bytes())["advisories"]
    own = next(entry for entry in before if entry["id"] == "CVE-2026-5724")
    record = json.loads(json.dumps(CVE).replace("CVE-2030-1", "CVE-2026-5724"))
    after = entered(tmp_path, record)[1]["CVE-2026-5724"]
    assert after == own | {"releases": [">=1.29.0,<1.29.9", ">=1.30.0,<=1.30.8", "<1.28.5", "==1.32.0"]}
    assert "now >=1.29.0,<1.29.9" in capsys.readouterr().out
    # The second time nothing changes, byte for byte.
    content = (tmp_path / "data" / "advisories.json").read_bytes()
    entered(tmp_path, record)
    assert (tmp_path / "data" / "advisories.json").read_bytes() == content
    assert "unchanged" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("{", "is not valid JSON"),
        ("[]", "is not a JSON object"),
        ({}, "is neither a CVE record"),
        (json.dumps(CVE).replace("Temporal Server", "curl"), "is not about Temporal's server"),
        (CVE | {"cveMetadata": {"cveId": "CVE-1", "state": "REJECTED"}}, "was rejected"),
        (json.dumps(CVE).replace("1.29.9", "soon"), "'soon' is not a version"),
        (json.dumps(OSV).replace("go.temporal.io/server", "x"), "is not about go.temporal.io/server"),
    ],
)  # fmt: skip
def test_a_bad_record_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], record: Any, message: str
) -> None:
    code, _ = entered(tmp_path, record)
    assert code == 1
    assert message in capsys.readouterr().err
    assert (tmp_path / "data" / "advisories.json").read_bytes() == (DATA / "advisories.json").read_bytes()
