"""Version texts that nobody has written down: none of a relative or a pre-release is `supported`."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from string import ascii_lowercase

import pytest

from agent.cli.inventory import read_component
from agent.components.registry import FILLED_BY, record
from agent.model.versions import PRE_RELEASE_WORDS, UnreadableVersionError, parse
from agent.model.vocabulary import Role, Verdict
from tests.building import MATRIX

#: Numbers that the release supports; `test_the_numbers_alone_are_supported` holds that.
_NUMBERS = {
    "mysql": ("8.0.36", "8.0.29"),
    "postgresql": ("13.9", "15.4", "16.6"),
    "cassandra": ("3.11.14", "4.0.11"),
    "elasticsearch": ("7.17.5", "8.5.3"),
}
_ROLES = {"elasticsearch": Role.VISIBILITY}
_PLUGINS = {"mysql": "mysql8", "postgresql": "postgres12", "cockroachdb": "postgres12"}
_RELEASE = "1.29.1"
#: As products write themselves into their versions.
_PRODUCTS = (
    *("TiDB", "YB", "YugabyteDB", "Vitess", "MariaDB", "Percona", "PolarDB", "OceanBase", "OceanBase_CE"),
    *("Doris", "StarRocks", "SingleStore", "Dolt", "TDDL", "X-Cluster", "google", "azure", "mysql_aurora"),
    *("Greenplum Database", "EnterpriseDB Advanced Server", "Neon", "OrioleDB", "AlloyDB", "Redshift"),
    *("Spanner", "Scylla", "DSE", "HCD", "CockroachDB CCL"),
)
_BETWEEN = ("", "-", ".", "_", "+", "~", " ", " (", "/", ":")


def _generated(random: Random, count: int) -> Iterator[tuple[str, str]]:
    """Pairs of a component and the text of a version."""
    kinds = (_product, _unknown_product, _pre_release)
    for _ in range(count):
        component = random.choice(tuple(_NUMBERS))
        number = random.choice(_NUMBERS[component])
        yield component, number + random.choice(kinds)(random, component)


def _product(random: Random, _: str) -> str:
    name = random.choice(_PRODUCTS)
    written = random.choice((name, name.lower(), name.upper()))
    # Without anything between, the name would be a part of the numbers' last word.
    return random.choice(_BETWEEN[1:]) + written + random.choice(("", "-v", "-", " ", "_")) + _own(random)


def _unknown_product(random: Random, component: str) -> str:
    known = PRE_RELEASE_WORDS | (record(component).packager_words or frozenset())
    word = ""
    while word in known or not word:
        word = "".join(random.choices(ascii_lowercase, k=random.randrange(2, 9)))
    return random.choice(_BETWEEN) + word + random.choice(("", "-", ".")) + _own(random)


def _pre_release(random: Random, _: str) -> str:
    word = random.choice(sorted(PRE_RELEASE_WORDS))
    written = random.choice((word, word.upper(), word.title()))
    # One letter behind other characters may be anything: 8.0.36/b.
    between = random.choice(_BETWEEN if len(word) > 1 else _BETWEEN[:8])
    return between + written + random.choice(("", ".", "-")) + random.choice(("", str(random.randrange(20))))


def _own(random: Random) -> str:
    return ".".join(str(random.randrange(30)) for _ in range(random.randrange(5)))


def _verdict(component: str, version: str) -> Verdict:
    role = _ROLES.get(component, Role.PERSISTENCE)
    read = read_component(f"{component}={version}", FILLED_BY[role])
    release = MATRIX.releases.named(_RELEASE)
    assert release is not None
    try:
        number = parse(read.version)
    except UnreadableVersionError:
        return Verdict.UNKNOWN
    plugin = _PLUGINS.get(read.component, "")
    return MATRIX.support.cell(release, role, read.component, plugin, number, read.flavor).verdict


def test_the_numbers_alone_are_supported() -> None:
    alone = {(name, number) for name, numbers in _NUMBERS.items() for number in numbers}
    assert {pair for pair in alone if _verdict(*pair) is not Verdict.SUPPORTED} == set()


@pytest.mark.parametrize("count", [2_000, pytest.param(100_000, marks=pytest.mark.full)])
def test_no_generated_version_of_a_relative_or_a_pre_release_is_supported(count: int) -> None:
    generated = _generated(Random(count), count)
    assert [pair for pair in generated if _verdict(*pair) is Verdict.SUPPORTED] == []
