"""The short form says of every version what the answers of the matrix say of it, in each role."""

from __future__ import annotations

from packaging.specifiers import SpecifierSet

from agent.components.registry import JUDGED, SQL
from agent.matrix import Release
from agent.matrix.supported_versions import SupportedVersions, supported_of, supported_versions
from agent.matrix.tables import Question, answer
from agent.model.versions import parse
from agent.model.vocabulary import Role, Verdict
from tests.building import MATRIX
from tests.laws import law
from tests.matrix.test_tables import PROBED

NEWEST = [MATRIX.releases.newest_patch_of(".".join(map(str, minor))) for minor in MATRIX.releases.minors]


def holds(specifiers: tuple[str, ...], version: str) -> bool:
    return any(parse(version).within(SpecifierSet(each)) for each in specifiers)


@law([release for release in (*NEWEST, MATRIX.releases.named("1.21.0")) if release])
def test_a_version_is_listed_for_a_role_if_and_only_if_it_is_supported_there(release: Release) -> None:
    for row in supported_versions(MATRIX, release):
        for version in PROBED.get(row.component, "").split():
            answers = {role: supported(release, row, role, version) for role in row.roles}
            expected = bool(answers) and all(answers.values())
            assert holds(row.in_all_roles, version) is expected, (row, version)
            for role, own in answers.items():
                assert holds(row.in_role.get(role, row.in_all_roles), version) is own, (row, role, version)


def supported(release: Release, row: SupportedVersions, role: Role, version: str) -> bool:
    question = Question(row.component, parse(version), (role,), row.plugin)
    return answer(MATRIX, release, question) is Verdict.SUPPORTED


@law([release for release in MATRIX.releases.all if release.was_read])
def test_every_plugin_of_a_release_has_one_row_for_each_database(release: Release) -> None:
    rows = [(row.component, row.plugin) for row in supported_versions(MATRIX, release)]
    assert len(set(rows)) == len(rows)
    assert {plugin for component, plugin in rows if component in SQL} - {""} == set(release.plugins)
    assert {component for component, _ in rows} == {*JUDGED, "go"}


def test_a_release_that_is_broken_for_a_store_supports_no_version_there() -> None:
    release = MATRIX.releases.named("1.21.0")
    assert release is not None
    rows = {row.plugin: row for row in supported_of(MATRIX, release, "mysql")}
    assert rows["mysql8"].in_all_roles == ()
    assert rows["mysql8"].in_role[Role.PERSISTENCE]
    assert Role.VISIBILITY not in rows["mysql8"].in_role
    assert rows["mysql"].in_all_roles


def test_a_compatible_product_is_not_the_original() -> None:
    release = MATRIX.releases.named("1.29.7")
    assert release is not None
    (row,) = supported_of(MATRIX, release, "mysql", "aurora-mysql")
    assert (row.component, row.in_all_roles) == ("aurora-mysql", ())
