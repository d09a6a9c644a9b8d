"""The doors that bring a root file system: the Debian package and the container image, both in a chroot."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.delivery.contained import Container
from tests.delivery.doors.journey import Journey
from tests.delivery.doors.steps import PASSWORD, RULES, clone, first_alert, prepare
from tests.delivery.image import ANY_USER, environment_of, image_builder, inspected, root_of_image
from tests.delivery.machine import ENVIRONMENT, account, debian, unit_settings
from tests.integration.servers.commands import CommandError, tail
from tests.integration.servers.process import free_port

_CONFIGURATION = Path("etc", "temporal-compat-agent", "agent.yaml")


def debian_package(journey: Journey) -> None:
    """The package, built in a checkout, and installed by apt in a Debian with this machine's network."""
    clone(journey)
    journey.run("make deb")
    machine = journey.enter(debian())
    shutil.copytree(journey.folder / "dist", machine / "dist")
    journey.folder = machine
    administrator = Container(machine, ENVIRONMENT, 0, host_network=True)

    def run_there(command: str) -> None:
        journey.instead_of(command, lambda: _output(administrator, ["sh", "-c", command]))

    run_there("apt install ./dist/temporal-compat-agent_*.deb")
    run_there(f"(umask 077; echo 'AGENT_PASSWORD={PASSWORD}' >/etc/temporal-compat-agent/environment)")
    prepare(journey, machine / _CONFIGURATION)
    address = f"127.0.0.1:{free_port()}"
    journey.instead_of("systemctl restart temporal-compat-agent", lambda: _restart(journey, machine, address))
    run_there(f"temporal-compat-agent rules {RULES}")
    first_alert(journey, address)


def _restart(journey: Journey, machine: Path, address: str) -> None:
    """What systemd does with the unit, without the sandbox: root reads the variables, its user runs it."""
    settings = unit_settings(machine)
    variables = machine / settings["EnvironmentFile"].removeprefix("-").lstrip("/")
    environment = ENVIRONMENT | dict(line.split("=", 1) for line in variables.read_text().split())
    service = Container(machine, environment, *account(machine), read_only=True, host_network=True)
    _output(service, settings["ExecStartPre"].split())
    command = [*settings["ExecStart"].split(), "--web.listen-address", address]
    journey.follow(service.process(machine, command), address)


def container_image(journey: Journey) -> None:
    """The image, built in a checkout; it runs as any user on a read-only root, in this machine's network."""
    clone(journey)
    storage, variables = journey.enter(image_builder())
    journey.environment |= variables
    journey.run("make image")
    image, root = inspected(storage), root_of_image(storage)
    file = root / _CONFIGURATION
    file.parent.mkdir()
    prepare(journey, file)
    journey.export("AGENT_PASSWORD", PASSWORD)
    environment = environment_of(image) | {"AGENT_PASSWORD": PASSWORD}
    container = Container(root, environment, ANY_USER, read_only=True, host_network=True)
    config, address = image["Docker"]["config"], f"127.0.0.1:{free_port()}"
    command = [*config["Entrypoint"], *config["Cmd"], "--web.listen-address", address]
    process = container.process(journey.folder, command)
    journey.instead_of(
        "docker run --detach --read-only --network host --env AGENT_PASSWORD"
        ' --volume "$PWD/agent.yaml:/etc/temporal-compat-agent/agent.yaml:ro" temporal-compat-agent',
        lambda: journey.follow(process, address),
    )
    rules = journey.instead_of(
        f"docker run --rm temporal-compat-agent rules >{RULES}",
        lambda: _output(container, [*config["Entrypoint"], "rules"]),
    )
    (journey.folder / RULES).write_text(rules)
    first_alert(journey, address)


def _output(container: Container, command: list[str]) -> str:
    """What a command prints; raises CommandError if it fails."""
    done = container.run(command)
    if done.returncode:
        text = tail(done.stdout + done.stderr)
        raise CommandError(f"{' '.join(command)} ended with {done.returncode}:\n{text}")
    return done.stdout
