"""`make release`: what stops it, and what it writes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml

from agent import __version__
from deploy.deb import package
from deploy.release import inventory, packages, vulnerabilities
from deploy.release.__main__ import check_ready
from deploy.release.commands import ReleaseError
from tests.delivery.building import ROOT
from tests.integration.servers.delivery_tools import release_tools

NOTES = "# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2026-11-29\n\n### Added\n- A\n"
IDENTITY = ("-c", "user.name=x", "-c", "user.email=x@example.com")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *IDENTITY, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "CHANGELOG.md").write_text(NOTES)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "x")
    return tmp_path


def test_a_changed_tree_an_existing_tag_or_missing_notes_stop_a_release(checkout: Path) -> None:
    assert check_ready(checkout, "0.1.0") == "### Added\n- A"
    with pytest.raises(ReleaseError, match=r"write a section '## \[0\.2\.0\]"):
        check_ready(checkout, "0.2.0")
    (checkout / "new.py").touch()
    with pytest.raises(ReleaseError, match=r"commit or remove these files first:\n\?\? new\.py"):
        check_ready(checkout, "0.1.0")
    (checkout / "new.py").unlink()
    git(checkout, "tag", "v0.1.0")
    assert check_ready(checkout, "0.1.0"), "a workflow builds the tagged commit"
    git(checkout, "commit", "--quiet", "--allow-empty", "--message", "later")
    with pytest.raises(ReleaseError, match=r"the tag v0\.1\.0 exists: raise __version__"):
        check_ready(checkout, "0.1.0")


def test_the_version_is_written_in_one_place() -> None:
    """A recorded answer, a lock or the changelog may have the same number; a second declaration may not."""
    declared = re.compile(rf"""(?:version|VERSION)["']?\s*[:=]\s*["']?{re.escape(__version__)}\b""")
    listed = git(ROOT, "ls-files", "*.py", "*.toml", "*.yml", "*.yaml", "Dockerfile", "Makefile").splitlines()
    places = [
        name
        for name in listed
        # Helm takes a chart's version from no other file; test_helm_chart.py and test_examples.py compare it.
        if not name.startswith(("tests/", "deploy/helm/", "deploy/examples/"))
        and declared.search((ROOT / name).read_text())
    ]
    assert places == []
    assert f'__version__ = "{__version__}"' in (ROOT / "agent" / "__init__.py").read_text()


def test_a_build_that_is_not_reproducible_stops_a_release(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "x"\nversion = "1"\n[tool.hatch.build.hooks.custom]\n'
    )
    (tmp_path / "x.py").touch()
    hook = "import uuid\nfrom hatchling.builders.hooks.plugin.interface import BuildHookInterface\n"
    hook += "class Hook(BuildHookInterface):\n    def initialize(self, version, data):\n"
    hook += "        open('x.py', 'w').write(repr(uuid.uuid4()))\n"
    (tmp_path / "hatch_build.py").write_text(hook)
    with pytest.raises(ReleaseError, match=r"two builds of x-1.* differ"):
        packages.build(tmp_path, tmp_path / "dist", "0")


def test_checksums_are_those_of_sha256sum(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / name).write_text(name)
    (tmp_path / "SHA256SUMS").write_text(packages.checksums([tmp_path / "b", tmp_path / "a"]))
    assert (tmp_path / "SHA256SUMS").read_text().startswith(f"{hashlib.sha256(b'a').hexdigest()}  a\n")
    subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path, check=True, capture_output=True
    )


def test_the_list_of_licences_has_one_licence_for_each_package() -> None:
    components = [
        {"name": "b", "version": "2", "licenses": [{"expression": "MIT OR Apache-2.0"}]},
        {"name": "a", "version": "1", "licenses": [{"license": {"id": "MIT"}}, {"license": {"name": "x"}}]},
        {"name": "c", "version": "3", "licenses": [{"license": {"name": "License :: OSI Approved :: MPL"}}]},
        {"name": "protobuf", "version": "4"},
    ]
    table = inventory.licences({"components": components})
    assert table.splitlines()[4:] == [
        "| a | 1 | MIT |",
        "| b | 2 | MIT OR Apache-2.0 |",
        "| c | 3 | MPL |",
        "| protobuf | 4 | BSD-3-Clause |",
    ]
    with pytest.raises(ReleaseError, match=r"no licence is declared for d: read it in the package"):
        inventory.licences({"components": [*components, {"name": "d", "version": "5"}]})


ENTRY = '[[accepted]]\nid = "CVE-1"\nreason = "r"\nuntil = 2026-12-31\n'


def test_an_accepted_vulnerability_has_a_reason_and_an_end() -> None:
    for text in (
        ENTRY.replace('reason = "r"\n', ""),
        ENTRY.replace('"r"', '""'),
        ENTRY.replace("2026-12-31", '"2026-12-31"'),
        ENTRY + 'severity = "low"\n',
    ):
        with pytest.raises(ReleaseError, match="entry 1 needs id, reason and a date until"):
            vulnerabilities.read(text)
    accepted = vulnerabilities.read(ENTRY)
    assert vulnerabilities.ignored(accepted, date(2026, 12, 31)) == ["CVE-1"]
    with pytest.raises(ReleaseError, match=r"decide again about CVE-1 \(until 2026-12-31\)"):
        vulnerabilities.ignored(accepted, date(2027, 1, 1))
    assert isinstance(vulnerabilities.read(vulnerabilities.ACCEPTED.read_text(encoding="utf-8")), list)


def test_the_workflow_runs_what_maintainers_run_and_only_its_last_job_may_write() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    build, publish = workflow["jobs"].values()
    assert "permissions" not in build
    assert [step["run"] for step in build["steps"] if "run" in step] == ["make audit", "make release"]
    assert not [step for step in publish["steps"] if step.get("uses", "").startswith("actions/checkout")]
    used = {step["uses"].partition("@")[0] for step in publish["steps"] if "uses" in step}
    assert {"actions/attest-build-provenance", "actions/attest-sbom"} <= used
    *_, last = publish["steps"]
    assert "dist/release-notes.md dist/*" in last["run"]


@pytest.mark.full
def test_a_release_of_a_clean_clone_has_everything_and_creates_the_tag(tmp_path: Path) -> None:
    """Takes a minute: it downloads every locked library, and builds an environment."""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--no-tags", str(ROOT), str(clone))
    tools = tmp_path / "tools"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tools], check=True)
    (packages_folder,) = tools.glob("lib/python*/site-packages")
    (packages_folder / "tools.pth").write_text(f"{release_tools()}\n")
    dist = clone / "dist"
    names = {"GIT_COMMITTER_NAME": "x", "GIT_COMMITTER_EMAIL": "x@example.com"}
    subprocess.run(
        [
            sys.executable,
            "-m",
            "deploy.release",
            "cut",
            "--tools",
            tools / "bin" / "python",
            "--dist",
            dist,
            "--tag",
        ],
        cwd=clone,
        env={**os.environ, **names},
        check=True,
    )
    assert {path.name for path in dist.iterdir()} == {
        f"temporal_compat_agent-{__version__}-py3-none-any.whl",
        f"temporal_compat_agent-{__version__}.tar.gz",
        package.file_name(__version__),
        "sbom.cdx.json",
        "licences.md",
        "release-notes.md",
        "SHA256SUMS",
    }
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=dist, check=True)
    document = json.loads((dist / "sbom.cdx.json").read_text())
    assert (document["bomFormat"], document["metadata"]["component"]["version"]) == ("CycloneDX", __version__)
    names_in_sbom = {each["name"].lower() for each in document["components"]}
    assert {"click", "psycopg", "cassandra-driver"} <= names_in_sbom
    assert names_in_sbom.isdisjoint({"pip", "hatchling", "pytest"})
    assert git(clone, "status", "--porcelain") == ""
    assert git(clone, "tag", "--list", "--format=%(contents)", f"v{__version__}").startswith("### Added\n")
