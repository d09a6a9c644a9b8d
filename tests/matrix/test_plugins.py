"""The SQL plugins: which database each is for, and what is known of one that only a release lists."""

from __future__ import annotations

import pytest

from agent.matrix.load import read_built_in
from agent.matrix.plugins import SqlPlugin, read_plugins
from agent.matrix.schema import CUSTOM, is_store_of
from tests.building import MATRIX

LISTED = read_plugins(read_built_in(["plugins"])["plugins"], ["postgres12", "postgres99"])


def test_a_name_that_is_not_a_plugin_stays_as_it_is() -> None:
    assert MATRIX.plugins.component_of("postgres12_pgx") == "postgresql"
    assert MATRIX.plugins.component_of("elasticsearch") == "elasticsearch"


def test_a_plugin_fits_its_own_database_alone() -> None:
    assert MATRIX.plugins.fits("mysql8", "mysql")
    assert not MATRIX.plugins.fits("mysql8", "postgresql")
    assert not MATRIX.plugins.fits("postgres99", "postgresql")


@pytest.mark.parametrize("component", ["mysql", "postgresql", "sqlite"])
def test_a_plugin_that_only_a_release_lists_fits_every_sql_database(component: str) -> None:
    assert "postgres99" in LISTED
    assert LISTED.named("postgres99") == SqlPlugin("postgres99")
    assert LISTED.fits("postgres99", component)
    assert is_store_of(LISTED, "postgres99", component)


@pytest.mark.parametrize("component", ["cassandra", "elasticsearch", CUSTOM])
def test_a_plugin_that_only_a_release_lists_fits_nothing_but_sql(component: str) -> None:
    assert not LISTED.fits("postgres99", component)
    assert not is_store_of(LISTED, "postgres99", component)


def test_a_list_of_a_release_changes_no_record() -> None:
    assert LISTED.named("postgres12") == MATRIX.plugins.named("postgres12")
    assert set(LISTED.names) - set(MATRIX.plugins.names) == {"postgres99"}


def test_every_plugin_of_every_release_has_a_record() -> None:
    breaches = {
        (release.name, name)
        for release in MATRIX.releases.all
        for name in release.plugins
        if not MATRIX.plugins.named(name).folder
    }
    assert not breaches, "write the plugins with their databases and schema folders into plugins.json"


def test_a_plugin_is_replaced_by_another_of_its_database_with_advanced_visibility() -> None:
    replaced = [plugin for plugin in map(MATRIX.plugins.named, MATRIX.plugins.names) if plugin.replaced_by]
    assert [plugin.name for plugin in replaced] == ["mysql", "postgres", "postgres_pgx"]
    for plugin in replaced:
        following = MATRIX.plugins.named(plugin.replaced_by)
        assert (plugin.advanced, following.advanced) == (False, True)
        assert plugin.component == following.component
