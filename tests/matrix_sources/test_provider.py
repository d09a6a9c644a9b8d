"""Which matrix is in use: what is asked for, never an older one, and the one before until it can be had."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.config import ConfigError, MatrixSource
from agent.matrix_sources.provider import InUse, Source
from tests.building import MATRIX
from tests.matrix_sources import bundles
from tests.matrix_sources.bundles import NEXT, content, newer, write
from tests.matrix_sources.test_overlay import GOOD, overlay
from tests.probes.servers import TLS, Answer, Pages, Request


def settings(**keys: Any) -> MatrixSource:
    return MatrixSource.model_validate(keys)


def newest(in_use: InUse) -> str:
    return in_use.matrix.releases.all[-1].name


def told(in_use: InUse) -> list[str]:
    return [str(problem) for problem in in_use.problems]


def wait(in_use: InUse) -> float:
    return in_use.due - time.monotonic()


class Web:
    """An address, with what is behind it now."""

    def __init__(self) -> None:
        self.content: bytes | None = None
        self.asked = 0
        self.url = ""

    def answer(self, _request: Request) -> Answer:
        self.asked += 1
        return Answer(status=503) if self.content is None else Answer(self.content)

    def settings(self, content: bytes) -> MatrixSource:
        """To use what is at this address once it is this."""
        return settings(url=self.url, sha256=hashlib.sha256(content).hexdigest(), ca_file=str(TLS / "ca.pem"))


@pytest.fixture
def web() -> Iterator[Web]:
    web = Web()
    with Pages(web.answer, tls=True) as server:
        web.url = f"https://temporal:{server.port}/matrix.json"
        yield web


def test_without_settings_the_built_in_matrix_is_in_use_for_good() -> None:
    in_use = Source(MATRIX).obtain(settings())
    assert in_use.matrix is MATRIX
    assert (in_use.problems, in_use.due) == ((), float("inf"))


def test_a_file_s_matrix_is_used_with_the_overlays_on_top(tmp_path: Path) -> None:
    file, mine = write(tmp_path, newer()), overlay(tmp_path, GOOD)
    in_use = Source(MATRIX).obtain(settings(file=str(file), overlays=(str(mine),), refresh="1h"))
    assert newest(in_use) == NEXT
    assert in_use.matrix.support.statements[0].source.endswith("(overlay mine.yaml)")
    assert in_use.base.digest != in_use.matrix.digest
    assert wait(in_use) == pytest.approx(3600, abs=5)


@pytest.mark.parametrize("damage", ["gone", "damaged", "overlay", "checksum"])
def test_at_first_a_file_that_is_wrong_is_an_error_of_the_configuration(tmp_path: Path, damage: str) -> None:
    file, mine = write(tmp_path, newer()), overlay(tmp_path, GOOD)
    keys: dict[str, Any] = {"file": str(file), "overlays": (str(mine),)}
    if damage == "gone":
        file.unlink()
    elif damage == "damaged":
        file.write_text("{")
    elif damage == "overlay":
        mine.write_text("statements: 7")
    else:
        keys["sha256"] = "f" * 64
    with pytest.raises(ConfigError):
        Source(MATRIX).obtain(settings(**keys))


@pytest.mark.parametrize("damage", ["gone", "damaged", "overlay"])
def test_later_the_one_before_stays_and_says_why_until_all_is_well_again(tmp_path: Path, damage: str) -> None:
    file, mine = write(tmp_path, newer()), overlay(tmp_path, GOOD)
    source = Source(MATRIX)
    before = source.obtain(settings(file=str(file), overlays=(str(mine),), refresh="1h"))
    if damage == "gone":
        file.unlink()
    elif damage == "damaged":
        file.write_text("{")
    else:
        mine.write_text("statements: 7")
    kept = source.refresh(before)
    assert kept.matrix is before.matrix
    assert len(told(kept)) == 1
    assert told(kept)[0].startswith(str(mine if damage == "overlay" else file))
    assert wait(kept) <= 300
    write(tmp_path, newer("1.99.1"))
    overlay(tmp_path, GOOD)
    mended = source.refresh(kept)
    assert newest(mended) == "1.99.1"
    assert told(mended) == []


def test_an_unchanged_file_stays_the_very_same_matrix(tmp_path: Path) -> None:
    source = Source(MATRIX)
    before = source.obtain(settings(file=str(write(tmp_path, newer()))))
    assert source.refresh(before).matrix is before.matrix


def test_a_file_for_newer_agents_is_not_used_and_says_what_to_do(tmp_path: Path) -> None:
    too_new = newer("1.99.1") | {"needs_agent": "99.0.0"}
    source = Source(MATRIX)
    in_use = source.obtain(settings(file=str(write(tmp_path, too_new))))
    assert in_use.matrix is MATRIX
    assert told(in_use)[0].endswith("upgrade the agent to 99.0.0 or newer")
    assert wait(in_use) <= 300
    write(tmp_path, newer())
    after = source.refresh(in_use)
    assert (newest(after), told(after)) == (NEXT, [])
    write(tmp_path, too_new)
    kept = source.refresh(after)
    assert (newest(kept), len(told(kept))) == (NEXT, 1)


def test_an_older_file_is_not_used_and_says_so(tmp_path: Path) -> None:
    file = write(tmp_path, bundles.older())
    source = Source(MATRIX)
    in_use = source.obtain(settings(file=str(file)))
    assert in_use.matrix is MATRIX
    assert told(in_use)[0].startswith(f"{file}: is not used: it is of ")
    write(tmp_path, newer())
    after = source.refresh(in_use)
    assert newest(after) == NEXT
    write(tmp_path, bundles.older())
    assert newest(source.refresh(after)) == NEXT


def test_what_a_checksum_pins_is_fetched_once(web: Web) -> None:
    web.content = content(newer())
    keys = web.settings(web.content)
    source = Source(MATRIX)
    in_use = source.obtain(keys)
    assert newest(in_use) == NEXT
    web.content = None
    again = source.refresh(source.obtain(keys, in_use))
    assert (again.matrix, told(again), web.asked) == (in_use.matrix, [], 1)


@pytest.mark.parametrize("brought", [None, b"{", b"another file"])
def test_an_address_that_does_not_bring_it_leaves_the_built_in_matrix_and_is_asked_again_soon(
    web: Web, brought: bytes | None
) -> None:
    wanted = content(newer())
    keys = web.settings(wanted)
    source = Source(MATRIX)
    web.content = brought
    in_use = source.obtain(keys)
    assert in_use.matrix is MATRIX
    assert told(in_use)[0].startswith(web.url)
    assert wait(in_use) <= 300
    web.content = wanted
    after = source.refresh(in_use)
    assert (newest(after), told(after)) == (NEXT, [])
    assert wait(after) > 3600


def test_another_checksum_brings_another_matrix_and_until_then_the_one_before_stays(web: Web) -> None:
    first, second = content(newer()), content(newer("1.99.1"))
    source = Source(MATRIX)
    web.content = first
    in_use = source.obtain(web.settings(first))
    keys = web.settings(second)
    waiting = source.obtain(keys, in_use)
    assert newest(waiting) == NEXT
    assert "has another checksum" in told(waiting)[0]
    web.content = second
    assert newest(source.refresh(waiting)) == "1.99.1"


def test_an_older_one_is_not_used_whatever_its_checksum(web: Web) -> None:
    web.content = content(bundles.older())
    in_use = Source(MATRIX).obtain(web.settings(web.content))
    assert in_use.matrix is MATRIX
    assert told(in_use)[0].startswith(f"{web.url}: is not used: it is of ")


def test_taking_the_source_away_brings_the_built_in_matrix_back(tmp_path: Path) -> None:
    source = Source(MATRIX)
    before = source.obtain(settings(file=str(write(tmp_path, newer()))))
    assert source.obtain(settings(), before).matrix is MATRIX
