"""`advisory`: enters a vulnerability record into advisories.json.

Formats: CVE JSON 5 (CVEProject/cve-schema, `containers.cna`) and OSV (ossf/osv-schema, `affected[].ranges`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.maintain.data_files import replace
from agent.maintain.source_tree import MaintainError, numbers

FILE = "advisories.json"

_MODULE = "go.temporal.io/server"
#: Product names of the server in CVE records, in small letters, without blanks.
_PRODUCTS = frozenset({"temporal", "temporalserver", "temporalio/temporal", _MODULE})
_VERSION = re.compile(r"v?([0-9]{1,9}(?:\.[0-9]{1,9}){1,3})")
_LEVELS = {
    **dict.fromkeys(("CRITICAL", "HIGH"), "critical"),
    **dict.fromkeys(("MODERATE", "MEDIUM"), "warning"),
    "LOW": "info",
}


def enter(record: Path, data: Path) -> list[str]:
    """Add the record's warning to the file, or correct the range of the one that is there.

    Returns what was changed, and what a person must still decide.

    Raises:
        MaintainError: the record or the file cannot be read, or the record is not about Temporal's server.
            Nothing is written then.
    """
    new, path = _entry(_read(record), record), data / FILE
    document = _read(path)
    entries = document.get("advisories")
    if not isinstance(entries, list):
        raise MaintainError(f"{path}: has no list `advisories`")
    known = next((entry for entry in entries if entry.get("id") == new["id"]), None)
    if known is None:
        entries.append(new)
        lines = [f"{new['id']}: added, level {new['level']}, releases {_listed(new)}"]
        lines.append("decide: condition and when, the level, and whether stores or versions limit it")
    else:
        lines = _corrected(known, new)
    replace(data, {FILE: _rendered(document)})
    return lines


def _corrected(known: dict[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Take over the range. Everything else in an entry was written by a person, and stays."""
    if known["releases"] == new["releases"] or not new["releases"]:
        return [f"{new['id']}: unchanged, releases {_listed(known)}"]
    line = f"{new['id']}: releases {_listed(known)}, now {_listed(new)}"
    known["releases"] = new["releases"]
    if known["scope"] == "unreviewed":
        known["scope"] = "running"
        known.pop("evidence", None)
    return [line, "decide: whether the remedy and the evidence are still true"]


def _entry(record: Mapping[str, Any], path: Path) -> dict[str, Any]:
    try:
        found = _from_cve(record) if "containers" in record else _from_osv(record)
    except (KeyError, TypeError, AttributeError, IndexError, StopIteration) as error:
        message = f"{path}: is neither a CVE record (format 5) nor an OSV record: {error!r}"
        raise MaintainError(message) from error
    except ValueError as error:
        raise MaintainError(f"{path}: {error}") from error
    ends = {match[1] for spec in found["releases"] if (match := re.search(r"<([0-9.]+)$", spec))}
    fixed = sorted(ends, key=numbers)
    remedy = f"Use {', '.join(fixed)} or later." if fixed else "Read the record: it has no fixed release."
    scope = "running" if found["releases"] else "unreviewed"
    return {
        "id": found["id"],
        "scope": scope,
        "level": found["level"],
        "releases": found["releases"],
        "summary": found["summary"],
        "remedy": remedy,
        "source": found["source"],
        **({} if found["releases"] else {"evidence": "the record has no range of Temporal releases"}),
    }


def _from_cve(record: Mapping[str, Any]) -> dict[str, Any]:
    name, cna = record["cveMetadata"]["cveId"], record["containers"]["cna"]
    if record["cveMetadata"].get("state") == "REJECTED":
        raise ValueError(f"{name} was rejected")
    products = [each for each in cna["affected"] if _is_server(each)]
    if not products:
        raise ValueError(f"{name} is not about Temporal's server")
    ranges = [_cve_range(version) for each in products for version in each.get("versions", ())]
    text = next(each["value"] for each in cna["descriptions"] if each["lang"].startswith("en"))
    scores = [score for each in cna.get("metrics", ()) for score in each.values() if isinstance(score, dict)]
    return {
        "id": name,
        "level": _level([score.get("baseSeverity", "") for score in scores]),
        "releases": [each for each in ranges if each],
        "summary": _one_line(cna.get("title") or text),
        "source": f"https://www.cve.org/CVERecord?id={name}",
    }


def _is_server(product: Mapping[str, Any]) -> bool:
    names = (str(product.get(key, "")).lower().replace(" ", "") for key in ("product", "packageName"))
    return any(name in _PRODUCTS for name in names)


def _cve_range(version: Mapping[str, Any]) -> str:
    if version.get("status") != "affected":
        return ""
    start = "" if version["version"] in ("0", "*", "unspecified", "n/a") else _number(version["version"])
    for key, operator in (("lessThan", "<"), ("lessThanOrEqual", "<=")):
        if key in version:
            end = "" if version[key] == "*" else f"{operator}{_number(version[key])}"
            return ",".join(filter(None, (f">={start}" if start else "", end)))
    return f"=={start}" if start else ""


def _from_osv(record: Mapping[str, Any]) -> dict[str, Any]:
    names = [record["id"], *record.get("aliases", ())]
    packages = [each for each in record["affected"] if each["package"]["name"] == _MODULE]
    if not packages:
        raise ValueError(f"{record['id']} is not about {_MODULE}")
    ranges = [each for package in packages for each in package["ranges"] if each["type"] == "SEMVER"]
    severity = record.get("database_specific", {}).get("severity", "")
    return {
        "id": next((name for name in names if name.startswith("CVE-")), record["id"]),
        "level": _level([severity]),
        "releases": [spec for each in ranges for spec in _osv_ranges(each["events"])],
        "summary": _one_line(record.get("summary") or record["details"]),
        "source": f"https://osv.dev/vulnerability/{record['id']}",
    }


def _osv_ranges(events: Sequence[Mapping[str, str]]) -> Iterator[str]:
    start: str | None = None
    for event in events:
        if "introduced" in event:
            start = "" if event["introduced"] == "0" else f">={_number(event['introduced'])}"
            continue
        operator, key = ("<", "fixed") if "fixed" in event else ("<=", "last_affected")
        if start is not None and key in event:
            yield ",".join(filter(None, (start, f"{operator}{_number(event[key])}")))
            start = None
    if start:
        yield start


def _number(text: str) -> str:
    match = _VERSION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:60]!r} is not a version of Temporal's server (expected e.g. 1.31.2)")
    return match[1]


def _level(severities: Sequence[str]) -> str:
    """By the first severity of the record; without one it is a warning."""
    return next((_LEVELS[each.upper()] for each in severities if each.upper() in _LEVELS), "warning")


def _listed(entry: Mapping[str, Any]) -> str:
    return " or ".join(entry["releases"]) or "not known"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise MaintainError(f"{path}: is not valid JSON: {error}") from error
    if not isinstance(document, dict):
        raise MaintainError(f"{path}: is not a JSON object")
    return document


def _rendered(document: Mapping[str, Any]) -> bytes:
    """One field a line, as the file is written by hand."""
    entries = [
        "{\n" + ",\n".join(f"{_json(key)}: {_json(value)}" for key, value in entry.items()) + "\n}"
        for entry in document["advisories"]
    ]
    head = [f"{_json(key)}: {_json(value)}" for key, value in document.items() if key != "advisories"]
    body = '"advisories": [\n' + ",\n".join(entries) + "\n]"
    return ("{\n" + ",\n".join([*head, body]) + "\n}\n").encode()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
