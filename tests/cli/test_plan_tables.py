"""The stores of the page of plans."""

from __future__ import annotations

import json

from agent.cli.inventory import NOW, DeclaredStack, to_observations
from agent.cli.plan_tables import SETUPS, Setup
from agent.reports.plan import as_json
from agent.upgrade import Toolbox, plan_upgrade
from tests.building import MATRIX
from tests.commands import command
from tests.laws import law


def test_no_two_setups_have_the_same_names_or_options() -> None:
    assert len({setup.names for setup in SETUPS}) == len({setup.options for setup in SETUPS}) == len(SETUPS)


@law(SETUPS)
def test_the_command_that_the_page_shows_is_about_the_stores_that_it_shows(setup: Setup) -> None:
    arguments = ("plan", "--from", "1.31.2", "--to", "1.32.2", *setup.options.split())
    printed = command(*arguments, "--format", "json").stdout
    subject, observations = to_observations(MATRIX, DeclaredStack("1.31.2", setup.parts, setup.plugins))
    plan = plan_upgrade(MATRIX, subject, observations, NOW, "1.32.2", Toolbox(), assume_current=True)
    assert json.loads(printed) == json.loads(as_json(plan))


def test_the_page_is_about_all_releases() -> None:
    result = command("matrix", "export", "--format", "html", "--server", "1.31.2")
    assert (result.exit_code, "remove --server" in result.stderr) == (2, True)
