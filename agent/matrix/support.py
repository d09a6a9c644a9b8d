"""Which version of a component a release supports, and the source of that.

Authority, strongest first: a user's own overlay, a failed trial by this project, the document that the
project starts from (for its eight releases), what the release has code for, a minimum or an exclusion, the
documentation of the time, what the release's own tests ran. A successful trial changes no verdict. A series
that no source mentions is `untested` above the lowest listed series and `unsupported` below it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache

from packaging.specifiers import SpecifierSet
from packaging.version import Version as PackagingVersion

from agent.components.registry import has_versions_of, identify, original, record, title_of
from agent.matrix.cell import Cell as Cell
from agent.matrix.evidence import Evidence
from agent.matrix.overlay import Overlay
from agent.matrix.release import Release
from agent.matrix.roles import refusal
from agent.matrix.series import (
    Listed,
    between,
    compare,
    document_series,
    listed_series,
    lowest,
    names,
    series_of,
)
from agent.matrix.statement import Statement, Statements
from agent.model.roles import role_title
from agent.model.versions import Version, parse
from agent.model.vocabulary import Reason, Role, Verdict


def _reporting(component: str, version: Version) -> tuple[str, str, Version]:
    """The component, the flavor and the version of the product that reports this version."""
    found = identify(component, version.raw)
    if not found.version or found.version == version.raw:
        return found.component, found.flavor, version
    return found.component, found.flavor, parse(found.version)


class Support:
    """The support rules over the releases."""

    def __init__(
        self,
        document: Mapping[str, Mapping[str, Sequence[str] | str]],
        document_source: str,
        statements: Statements,
        first_released: Mapping[str, Mapping[str, date]],
        evidence: Evidence,
        overlay: Overlay | None = None,
    ) -> None:
        self._document = document
        self._document_source = document_source
        self._statements = statements
        self._first_released = first_released
        self.evidence = evidence
        self._overlay = overlay or Overlay()
        self.cell = lru_cache(maxsize=65536)(self._cell)

    @property
    def statements(self) -> tuple[Statement, ...]:
        return (*self._overlay.statements, *self._statements.all)

    def overlaid(self, overlay: Overlay) -> Support:
        """The same rules with a user's own statements over them."""
        document, source = self._document, self._document_source
        return Support(document, source, self._statements, self._first_released, self.evidence, overlay)

    def _cell(
        self, release: Release, role: Role, component: str, plugin: str, version: Version, flavor: str = ""
    ) -> Cell:
        """The answer for one version of a component in a role, used through a plugin.

        A version that shows the product which reports it is judged as that product's.
        """
        if not flavor:
            component, flavor, version = _reporting(component, version)
        if role is Role.SECONDARY_VISIBILITY:
            # What applies to a visibility store also applies to a secondary one.
            if refused := refusal(release, role, component):
                return Cell(Verdict.UNSUPPORTED, Reason.COMPONENT_NOT_SUPPORTED, *refused)
            role = Role.VISIBILITY
        cell = self._released(release, role, component, plugin, version, flavor)
        cell = self.evidence.applied(cell, release, role, component, plugin, version, flavor)
        return self._overlay.over(cell, release, role, component, plugin, version, flavor)

    def _released(
        self, release: Release, role: Role, component: str, plugin: str, version: Version, flavor: str
    ) -> Cell:
        """The answer without an overlay. No source mentions pre-releases, so none is supported."""
        cell = self._built_in(release, role, component, plugin, version, flavor)
        if not version.is_pre_release or cell.verdict is Verdict.UNSUPPORTED:
            return cell
        after = replace(version, number=PackagingVersion(version.number.base_version))
        cell = self._built_in(release, role, component, plugin, after, flavor)
        if cell.verdict is Verdict.UNSUPPORTED or (flavor and cell.verdict is Verdict.UNTESTED):
            return cell
        software = f"{title_of(component, flavor)} {version.raw[:60]}"
        message = f"{software} is a pre-release of {after.number}, and no source mentions pre-releases"
        return Cell(Verdict.UNTESTED, Reason.UNTESTED_SERIES, message, "")

    def _built_in(
        self, release: Release, role: Role, component: str, plugin: str, version: Version, flavor: str = ""
    ) -> Cell:
        """The answer without an overlay.

        A flavor is a compatible product: `untested` unless a source says more.
        """
        if flavor or record(component).relative_of:
            return self._relative(release, role, component, plugin, version, flavor)
        said = self._statements.about(release, role, component, plugin)
        refused = refusal(release, role, component)
        document = self._document.get(release.name)
        if document is not None:
            named = None if refused else document.get(component)
            cell = self._documented(release, role, component, version, named)
        elif refused is not None:
            return Cell(Verdict.UNSUPPORTED, Reason.COMPONENT_NOT_SUPPORTED, *refused)
        else:
            cell = self._refused(said, version) or self._vouched(said, release, component, version)
        return replace(cell, dissent=self._dissent(cell, said, release, component, version))

    def bounds(self, release: Release, component: str) -> set[str]:
        """Every version and series of a component that a source mentions: answers change nowhere else."""
        named = self._document.get(release.name, {}).get(component, ())
        texts = {named} if isinstance(named, str) else {f"=={series}" for series in named}
        specifiers = [SpecifierSet(text) for text in texts]
        said = [statement for statement in self.statements if statement.component == component]
        specifiers += [versions for statement in said for versions in statement.versions]
        found = {part.version.removesuffix(".*") for specifier in specifiers for part in specifier}
        found |= {series_of(component, parse(image)) for image in _tested_with(release, component)}
        found |= self.evidence.series(component)
        if not record(component).has_literal_ranges and any(statement.open_ended for statement in said):
            found |= set(self._first_released.get(component, {}))
        return found

    def oldest_go(self, release: Release) -> tuple[str, str] | None:
        """The oldest Go that builds a release, and the source; None where the release was not read."""
        named = self._document.get(release.name, {}).get("go")
        if isinstance(named, str):
            return lowest(SpecifierSet(named)), self._document_source
        return (release.go, release.source) if release.go else None

    def _dissent(
        self, cell: Cell, said: list[Statement], release: Release, component: str, version: Version
    ) -> tuple[str, ...]:
        """The sources that support what the cell does not support, or exclude what it does.

        Nobody disputes what a source says about this plugin: the others are about the database as a whole.
        """
        refusing = _refusing(said, version)
        if cell.verdict is Verdict.SUPPORTED:
            sources = [refusing.source] if refusing else []
        elif refusing and refusing.plugins:
            sources = []
        else:
            vouched = self._vouched(said, release, component, version)
            sources = [vouched.source] if vouched.verdict is Verdict.SUPPORTED else []
        return tuple(source for source in sources if source != cell.source)

    def _relative(
        self, release: Release, role: Role, component: str, plugin: str, version: Version, flavor: str
    ) -> Cell:
        of = original(component)
        base = self._built_in(release, role, of, plugin, version)
        said = self._statements.about(release, role, component, plugin, flavor)
        refused = self._refused(said, version)
        if refused is not None:
            return refused
        # Minimums and exclusions of the original apply only to products with the same version numbers.
        is_excluded = base.reason is Reason.COMPONENT_NOT_SUPPORTED or has_versions_of(component, flavor)
        if base.verdict is Verdict.UNSUPPORTED and is_excluded:
            return base
        for statement in said:
            if statement.kind == "supported" and any(version.within(spec) for spec in statement.versions):
                return Cell(Verdict.SUPPORTED, Reason.DOCUMENTED, statement.summary, statement.source)
        names = title_of(component, flavor), title_of(of)
        message = f"{names[0]} uses the protocol of {names[1]}, but no source lists it as supported"
        return Cell(Verdict.UNTESTED, Reason.UNTESTED_FLAVOR, message, "")

    def _documented(
        self,
        release: Release,
        role: Role,
        component: str,
        version: Version,
        named: Sequence[str] | str | None,
    ) -> Cell:
        source = self._document_source
        if not named:
            message = f"{title_of(component)} is not listed for {role_title(role)} of Temporal {release.name}"
            return Cell(Verdict.UNSUPPORTED, Reason.COMPONENT_NOT_SUPPORTED, message, source)
        if isinstance(named, str):
            if version.within(SpecifierSet(named)):
                message = f"{title_of(component)} {named} is listed as supported for this release"
                return Cell(Verdict.SUPPORTED, Reason.DOCUMENTED, message, source)
            message = (
                f"{title_of(component)} {named} is listed as supported for this release, and"
                f" {version.raw[:60]} is older"
            )
            return Cell(Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM, message, source)
        listed = [Listed(parse(text), Reason.DOCUMENTED, source) for text in named]
        return compare(component, parse(document_series(component, version)), listed)

    def _refused(self, said: list[Statement], version: Version) -> Cell | None:
        statement = _refusing(said, version)
        if statement is None:
            return None
        is_for_all = statement.kind == "excluded" and any(not str(each) for each in statement.versions)
        reason = Reason.COMPONENT_NOT_SUPPORTED if is_for_all else Reason.BELOW_MINIMUM
        return Cell(Verdict.UNSUPPORTED, reason, statement.summary, statement.source)

    def _vouched(self, said: list[Statement], release: Release, component: str, version: Version) -> Cell:
        series = parse(series_of(component, version))
        positive = [statement for statement in said if statement.kind == "supported"]
        for statement in said:
            if statement.kind == "untested" and any(version.within(spec) for spec in statement.versions):
                return Cell(Verdict.UNTESTED, Reason.UNTESTED_SERIES, statement.summary, statement.source)
        for statement in positive:
            if any(
                self._holds(versions, statement, release, component, version)
                for versions in statement.versions
            ):
                is_within = statement.spans and not names(series, component, statement)
                reason = Reason.WITHIN_TESTED_RANGE if is_within else Reason.DOCUMENTED
                return Cell(Verdict.SUPPORTED, reason, statement.summary, statement.source)
        for statement in positive:
            if statement.spans and between(series, statement):
                return Cell(
                    Verdict.SUPPORTED, Reason.WITHIN_TESTED_RANGE, statement.summary, statement.source
                )
        listed = [
            Listed(listed_series(component, lowest(versions)), Reason.DOCUMENTED, statement.source)
            for statement in positive
            for versions in statement.versions
            if lowest(versions)
        ]
        listed += [
            Listed(listed_series(component, image), Reason.TESTED_BY_RELEASE, release.source)
            for image in _tested_with(release, component)
        ]
        cell = compare(component, series, listed)
        minimum = next((statement for statement in said if statement.kind == "minimum"), None)
        if minimum is not None and cell.reason is Reason.BELOW_MINIMUM:
            # Not below the stated minimum, only below the listed series.
            return Cell(Verdict.UNTESTED, Reason.UNTESTED_SERIES, minimum.summary, minimum.source)
        return cell

    def _holds(
        self, versions: SpecifierSet, statement: Statement, release: Release, component: str, version: Version
    ) -> bool:
        if not version.within(versions):
            return False
        if not statement.open_ended or record(component).has_literal_ranges:
            return True
        # An open range supports only series that were published before the release.
        first = self._first_released.get(component, {}).get(series_of(component, version))
        return first is not None and (release.published is None or first <= release.published)


def _refusing(said: list[Statement], version: Version) -> Statement | None:
    """The first statement that excludes this version, or gives a higher minimum."""
    for statement in said:
        inside = any(version.within(versions) for versions in statement.versions)
        if (statement.kind, inside) in (("minimum", False), ("excluded", True)):
            return statement
    return None


def _tested_with(release: Release, component: str) -> list[str]:
    pattern = record(component).ci_image
    found = [pattern.fullmatch(image) for image in release.tested_with] if pattern else []
    return [match[1] for match in found if match]
