"""What a person should look at in a cluster although its verdict is good: each has an alert."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from agent.model.vocabulary import Level
from agent.reports.advisory_document import AdvisoryDocument, Applies
from agent.reports.cluster_document import ClusterDocument
from agent.reports.next_step import MAX_MINORS_BEHIND

#: The same limits as in the rules for Prometheus: TemporalDependencyEndOfLife, TemporalCompatWaiverEnding.
END_OF_LIFE_NOTICE = timedelta(days=90)
WAIVER_NOTICE = timedelta(days=14)


@dataclass(frozen=True)
class Note:
    """A fact about a cluster. `fires`: an alert fires for it. `place`: on the page of the cluster."""

    text: str
    place: str
    fires: bool = False


def notes(cluster: ClusterDocument) -> tuple[Note, ...]:
    """All notes of a cluster; those with an alert come first."""
    today = date.fromisoformat(cluster.taken[:10]) if cluster.taken else None
    found = [*_probes(cluster), *_warnings(cluster), *_behind(cluster)]
    found += [*_ends(cluster, today), *_waivers(cluster, today)] if today else []
    return tuple(sorted(found, key=lambda note: not note.fires))


def certain_warnings(cluster: ClusterDocument) -> list[AdvisoryDocument]:
    """The critical warnings that apply for certain."""
    return [each for each in cluster.advisories if _is_certain(each)]


def _is_certain(warning: AdvisoryDocument) -> bool:
    return warning.level is Level.CRITICAL and warning.applies is Applies.YES and not warning.waived


def _probes(cluster: ClusterDocument) -> Iterator[Note]:
    failed = sum(probe.failure is not None for probe in cluster.probes)
    if failed:
        yield Note(_count(failed, "failed probe"), "probes", fires=True)


def _warnings(cluster: ClusterDocument) -> Iterator[Note]:
    critical = len(certain_warnings(cluster))
    if critical:
        yield Note(_count(critical, "critical warning"), "advisories", fires=True)
    others = [each for each in cluster.advisories if each.counts and each.level is not Level.INFO]
    if len(others) > critical:
        yield Note(_count(len(others) - critical, "possible warning"), "advisories")


def _behind(cluster: ClusterDocument) -> Iterator[Note]:
    server = cluster.server
    if server is None:
        return
    parts = [(server.minors_behind or 0, "minor"), (server.patches_behind or 0, "patch")]
    behind = [_count(number, word) for number, word in parts if number]
    if behind:
        is_old = (server.minors_behind or 0) > MAX_MINORS_BEHIND
        yield Note(f"{' and '.join(behind)} behind", "plan", fires=is_old)


def _ends(cluster: ClusterDocument, today: date) -> Iterator[Note]:
    for end in cluster.ends_of_life:
        if end.date - today < END_OF_LIFE_NOTICE:
            yield Note(f"{end.component} end of life {end.date}", "ends", fires=True)


def _waivers(cluster: ClusterDocument, today: date) -> Iterator[Note]:
    ends = [each.until for each in cluster.waivers] + [each.until for each in cluster.advisory_waivers]
    if ends:
        is_near = min(ends) + timedelta(days=1) - today < WAIVER_NOTICE
        yield Note(f"{_count(len(ends), 'waiver')} until {min(ends)}", "waivers", fires=is_near)


def _count(number: int, word: str) -> str:
    plural = f"{word}es" if word.endswith("ch") else f"{word}s"
    return f"{number} {word if number == 1 else plural}"
