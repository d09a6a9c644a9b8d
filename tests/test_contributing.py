"""What contributors find around the code: true, and in the form that GitHub and pre-commit read.

Fields and values are those of docs.github.com: "Syntax for issue forms", "Syntax for GitHub's form schema",
"Common validation errors when creating issue forms", "Workflow syntax for GitHub Actions".
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.import_graph import rooms

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / ".github"
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TARGETS = re.findall(r"^([a-z-]+):(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

#: Permitted and required attributes for each type of a form's element.
ELEMENTS = {
    "markdown": ({"value"}, {"value"}),
    "input": ({"label", "description", "placeholder", "value"}, {"label"}),
    "textarea": ({"label", "description", "placeholder", "value", "render"}, {"label"}),
    "dropdown": ({"label", "description", "multiple", "options", "default"}, {"label", "options"}),
    "checkboxes": ({"label", "description", "options"}, {"label", "options"}),
}


def load(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data


def test_there_is_a_form_for_bugs_verdicts_and_questions() -> None:
    assert [path.stem for path in FORMS] == ["bug", "question", "wrong-verdict"]
    assert load(GITHUB / "ISSUE_TEMPLATE" / "config.yml") == {"blank_issues_enabled": False}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_has_the_keys_that_github_permits(path: Path) -> None:
    form = load(path)
    assert set(form) == {"name", "description", "labels", "body"}
    assert all(isinstance(form[key], str) and form[key].strip() for key in ("name", "description"))
    assert all(isinstance(label, str) for label in form["labels"])
    elements = [element for element in form["body"] if element["type"] != "markdown"]
    assert elements
    for values in (
        [element["id"] for element in elements],
        [element["attributes"]["label"] for element in elements],
    ):
        assert len(values) == len(set(values))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_every_element_of_a_form_has_the_attributes_of_its_type(path: Path) -> None:
    for element in load(path)["body"]:
        permitted, required = ELEMENTS[element["type"]]
        attributes = element["attributes"]
        assert required <= set(attributes) <= permitted
        assert set(element) <= {"type", "id", "attributes", "validations"}
        assert re.fullmatch(r"[A-Za-z0-9_-]+", element.get("id", "none"))
        assert set(element.get("validations", {})) <= {"required"}
        options = attributes.get("options", [])
        assert all(isinstance(option, str) and option.lower() != "none" for option in options)
        assert len(options) == len(set(options))


def test_the_form_for_verdicts_offers_every_role() -> None:
    from agent.model.vocabulary import Role

    (dropdown,) = (element for element in load(FORMS[-1])["body"] if element["type"] == "dropdown")
    assert dropdown["attributes"]["options"] == [*Role, "the whole cluster"]


def test_the_workflow_runs_what_developers_run_and_may_only_read() -> None:
    workflow = load(GITHUB / "workflows" / "ci.yml")
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    assert job["timeout-minutes"] == 90
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]


def test_the_matrix_is_updated_every_day_and_the_change_only_proposed() -> None:
    workflow = load(GITHUB / "workflows" / "matrix.yml")
    (schedule,) = workflow["on"]["schedule"]
    assert re.fullmatch(r"\d+ \d+ \* \* \*", schedule["cron"])
    assert workflow["permissions"] == {"contents": "write", "pull-requests": "write"}
    (job,) = workflow["jobs"].values()
    update, propose = (step["run"] for step in job["steps"] if "run" in step)
    assert update.startswith("make matrix |")
    assert "main" not in propose


def test_the_folder_of_the_servers_is_cached_by_the_files_that_pin_them() -> None:
    (job,) = load(GITHUB / "workflows" / "ci.yml")["jobs"].values()
    (restore,) = (step for step in job["steps"] if step.get("id") == "servers")
    patterns = re.findall(r"'([^']+)'", restore["with"]["key"])
    assert patterns
    assert all(any(ROOT.glob(pattern)) for pattern in patterns)
    assert "TEMPORAL_COMPAT_CACHE" in job["env"]


def test_the_hooks_of_pre_commit_fetch_nothing_and_run_what_make_lint_runs() -> None:
    (repository,) = load(ROOT / ".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    assert [hook["language"] for hook in repository["hooks"]] == ["system"] * 3
    commands = [" ".join(hook["entry"].split()[:2]) for hook in repository["hooks"]]
    assert commands == [".venv/bin/ruff format", ".venv/bin/ruff check", ".venv/bin/mypy"]


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    explained = re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE)
    (phony,) = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert explained == TARGETS
    assert sorted(phony.split()) == sorted(TARGETS)


def test_the_documents_name_only_commands_of_make_that_exist() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *GITHUB.rglob("*.md")]
    named = {name for page in pages for name in re.findall(r"`make ([a-z-]+)", page.read_text())}
    assert named <= set(TARGETS)


def test_the_table_of_rooms_has_every_room_and_every_path_exists() -> None:
    paths = re.findall(r"`((?:agent|tests|docs|dashboards)/[\w./-]*)`", CONTRIBUTING)
    # Recipes write NAME and the like for what the reader chooses.
    paths = [path for path in paths if not re.search(r"NAME|ALERT|KIND", path)]
    assert [path for path in paths if not (ROOT / path).exists()] == []
    listed = set(re.findall(r"^\| `agent/(\w+)(?:/|\.py)` \|", CONTRIBUTING, re.MULTILINE))
    assert listed == set(rooms())


def test_the_picture_and_the_records_name_only_files_that_exist() -> None:
    pages = [ROOT / "docs" / "architecture.md", *(ROOT / "docs" / "adr").glob("*.md")]
    for page in pages:
        paths = re.findall(r"`((?:agent|tests|docs|dashboards)/[\w./-]*)`", page.read_text())
        assert [path for path in paths if not (ROOT / path).exists()] == [], page.name


def test_the_index_of_the_records_has_every_record() -> None:
    folder = ROOT / "docs" / "adr"
    linked = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text())
    assert linked == sorted(path.name for path in folder.glob("0*.md"))


def test_the_python_api_is_private_and_says_so() -> None:
    import agent

    assert not files("agent").joinpath("py.typed").is_file()
    assert "The Python API is private" in (agent.__doc__ or "")
    assert "The Python API is private" in CONTRIBUTING
