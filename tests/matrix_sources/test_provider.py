"""The matrix in use: the configured one, never an older one, and the previous one until it is available."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.config import ConfigError, MatrixSource
from agent.matrix_sources.provider import ActiveMatrix, MatrixProvider
from tests.building import MATRIX
from tests.matrix_sources import bundles
from tests.matrix_sources.bundles import NEXT, content, newer, write
from tests.matrix_sources.test_overlay import GOOD, overlay
from tests.probes.servers import TLS, Answer, Pages, Request


def settings(**keys: Any) -> MatrixSource:
    return MatrixSource.model_validate(keys)


def newest(in_use: ActiveMatrix) -> str:
    return in_use.matrix.releases.all[-1].name


def problems(in_use: ActiveMatrix) -> list[str]:
    return [str(problem) for problem in in_use.problems]


def wait(in_use: ActiveMatrix) -> float:
    return in_use.due - time.monotonic()


class Web:
    """An address, with its current content."""

    def __init__(self) -> None:
        self.content: bytes | None = None
        self.requests = 0
        self.url = ""

    def answer(self, _request: Request) -> Answer:
        self.requests += 1
        return Answer(status=503) if self.content is None else Answer(self.content)

    def settings(self, content: bytes) -> MatrixSource:
        """Settings for this address and the checksum of this content."""
        return settings(url=self.url, sha256=hashlib.sha256(content).hexdigest(), ca_file=str(TLS / "ca.pem"))


@pytest.fixture
def web() -> Iterator[Web]:
    web = Web()
    with Pages(web.answer, tls=True) as server:
        web.url = f"https://temporal:{server.port}/matrix.json"
        yield web


def test_without_settings_the_built_in_matrix_is_always_in_use() -> None:
    in_use = MatrixProvider(MATRIX).obtain(settings())
    assert in_use.matrix is MATRIX
    assert (in_use.problems, in_use.due) == ((), float("inf"))


def test_a_file_s_matrix_is_used_with_overlays(tmp_path: Path) -> None:
    file, mine = write(tmp_path, newer()), overlay(tmp_path, GOOD)
    in_use = MatrixProvider(MATRIX).obtain(settings(file=str(file), overlays=(str(mine),), refresh="1h"))
    assert newest(in_use) == NEXT
    assert in_use.matrix.support.statements[0].source.endswith("(overlay mine.yaml)")
    assert in_use.base.digest != in_use.matrix.digest
    assert wait(in_use) == pytest.approx(3600, abs=5)


@pytest.mark.parametrize("damage", ["gone", "damaged", "overlay", "checksum"])
def test_at_start_a_bad_file_is_a_configuration_error(tmp_path: Path, damage: str) -> None:
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
        MatrixProvider(MATRIX).obtain(settings(**keys))


@pytest.mark.parametrize("damage", ["gone", "damaged", "overlay"])
def test_a_bad_refresh_keeps_the_previous_matrix_and_says_why(tmp_path: Path, damage: str) -> None:
    file, mine = write(tmp_path, newer()), overlay(tmp_path, GOOD)
    source = MatrixProvider(MATRIX)
    before = source.obtain(settings(file=str(file), overlays=(str(mine),), refresh="1h"))
    if damage == "gone":
        file.unlink()
    elif damage == "damaged":
        file.write_text("{")
    else:
        mine.write_text("statements: 7")
    kept = source.refresh(before)
    assert kept.matrix is before.matrix
    assert len(problems(kept)) == 1
    assert problems(kept)[0].startswith(str(mine if damage == "overlay" else file))
    assert wait(kept) <= 300
    write(tmp_path, newer("1.99.1"))
    overlay(tmp_path, GOOD)
    mended = source.refresh(kept)
    assert newest(mended) == "1.99.1"
    assert problems(mended) == []


def test_an_unchanged_file_keeps_the_same_matrix_object(tmp_path: Path) -> None:
    source = MatrixProvider(MATRIX)
    before = source.obtain(settings(file=str(write(tmp_path, newer()))))
    assert source.refresh(before).matrix is before.matrix


def test_a_file_for_newer_agents_is_not_used_and_says_what_to_do(tmp_path: Path) -> None:
    too_new = newer("1.99.1") | {"needs_agent": "99.0.0"}
    source = MatrixProvider(MATRIX)
    in_use = source.obtain(settings(file=str(write(tmp_path, too_new))))
    assert in_use.matrix is MATRIX
    assert problems(in_use)[0].endswith("upgrade the agent to 99.0.0 or newer")
    assert wait(in_use) <= 300
    write(tmp_path, newer())
    after = source.refresh(in_use)
    assert (newest(after), problems(after)) == (NEXT, [])
    write(tmp_path, too_new)
    kept = source.refresh(after)
    assert (newest(kept), len(problems(kept))) == (NEXT, 1)


def test_an_older_file_is_not_used_and_says_so(tmp_path: Path) -> None:
    file = write(tmp_path, bundles.older())
    source = MatrixProvider(MATRIX)
    in_use = source.obtain(settings(file=str(file)))
    assert in_use.matrix is MATRIX
    assert problems(in_use)[0].startswith(f"{file}: is not used: it was published on ")
    write(tmp_path, newer())
    after = source.refresh(in_use)
    assert newest(after) == NEXT
    write(tmp_path, bundles.older())
    assert newest(source.refresh(after)) == NEXT


def test_a_file_with_a_fixed_checksum_is_fetched_once(web: Web) -> None:
    web.content = content(newer())
    keys = web.settings(web.content)
    source = MatrixProvider(MATRIX)
    in_use = source.obtain(keys)
    assert newest(in_use) == NEXT
    web.content = None
    again = source.refresh(source.obtain(keys, in_use))
    assert (again.matrix, problems(again), web.requests) == (in_use.matrix, [], 1)


@pytest.mark.parametrize("brought", [None, b"{", b"another file"])
def test_a_failed_fetch_keeps_the_built_in_matrix_and_is_retried_soon(
    web: Web, brought: bytes | None
) -> None:
    wanted = content(newer())
    keys = web.settings(wanted)
    source = MatrixProvider(MATRIX)
    web.content = brought
    in_use = source.obtain(keys)
    assert in_use.matrix is MATRIX
    assert problems(in_use)[0].startswith(web.url)
    assert wait(in_use) <= 300
    web.content = wanted
    after = source.refresh(in_use)
    assert (newest(after), problems(after)) == (NEXT, [])
    assert wait(after) > 3600


def test_a_new_checksum_loads_a_new_matrix_and_keeps_the_previous_one_until_then(web: Web) -> None:
    first, second = content(newer()), content(newer("1.99.1"))
    source = MatrixProvider(MATRIX)
    web.content = first
    in_use = source.obtain(web.settings(first))
    keys = web.settings(second)
    waiting = source.obtain(keys, in_use)
    assert newest(waiting) == NEXT
    assert "wrong checksum" in problems(waiting)[0]
    web.content = second
    assert newest(source.refresh(waiting)) == "1.99.1"


def test_an_older_bundle_is_not_used_whatever_its_checksum(web: Web) -> None:
    web.content = content(bundles.older())
    in_use = MatrixProvider(MATRIX).obtain(web.settings(web.content))
    assert in_use.matrix is MATRIX
    assert problems(in_use)[0].startswith(f"{web.url}: is not used: it was published on ")


def test_removing_the_setting_restores_the_built_in_matrix(tmp_path: Path) -> None:
    source = MatrixProvider(MATRIX)
    before = source.obtain(settings(file=str(write(tmp_path, newer()))))
    assert source.obtain(settings(), before).matrix is MATRIX
