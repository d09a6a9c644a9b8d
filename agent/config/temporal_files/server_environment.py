"""Imports a cluster's settings from the environment of Temporal's image: `server_env`, `server_compose`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from agent.config.environment.compose import SERVER_IMAGE, image_tag, is_compose_text, read_compose
from agent.config.environment.env_file import env_file_environment, small_text_of
from agent.config.environment.variables import ContainerEnvironment, values_of
from agent.config.environment.workload import read_workload
from agent.config.errors import ConfigError, Problem
from agent.config.section import ConfigSection
from agent.config.temporal_files.container_file import own_config
from agent.config.temporal_files.container_host import at_host
from agent.config.temporal_files.file_kind import program_text
from agent.config.temporal_files.image_config import databases, has_variables, image_config
from agent.config.temporal_files.image_settings import DATABASES, NEWEST, Release
from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.loader import import_server_settings
from agent.config.temporal_files.yaml_tree import YamlNode
from agent.model.vocabulary import Role

ENV_KEY, COMPOSE_KEY = "server_env", "server_compose"

#: There is no `temporalio/auto-setup` of 1.30 and later.
_LAST_AUTO_SETUP: Release = (1, 29, 9999)
_RELEASE = re.compile(r"v?([0-9]{1,4})\.([0-9]{1,4})(?:\.([0-9]{1,4}))?(?:[.+-].*)?", re.ASCII)
_DYNAMIC = ("dynamicConfigClient", "filepath")
#: What the value of each key may have.
OPTIONS = {ENV_KEY: ("file", "container", "version"), COMPOSE_KEY: ("file", "service", "version")}


def read_server_env(part: ConfigSection) -> ImportedSettings:
    """The settings in an env file.

    Raises:
        ConfigError: the file cannot be read, or the variables have no meaning for the release.
    """
    options = _options(part, ENV_KEY)
    path = Path(part.document.file).parent / options["file"]
    text = small_text_of(path)
    if is_compose_text(text):
        raise ConfigError([Problem(str(path), 0, "", "is a compose file: name it with `server_compose`")])
    if sentence := program_text(text):
        raise ConfigError([Problem(str(path), 0, "", sentence)])
    environment = read_workload(path, options.get("container", "")) or env_file_environment(path)
    if not has_variables(environment):
        message = (
            "sets no variable of Temporal's images, such as DB. Is it the `.env` of a compose file?"
            " Then name the compose file with `server_compose`"
        )
        raise ConfigError([Problem(environment.document.file, 0, "", message)])
    return _of_container(part, ENV_KEY, options, environment)


def read_server_compose(part: ConfigSection) -> ImportedSettings:
    """The settings in a service of a compose file. Its name is the host of its addresses.

    Raises:
        ConfigError: the file cannot be read, has no such service, or the variables have no meaning for the
            release.
    """
    options = _options(part, COMPOSE_KEY)
    path = Path(part.document.file).parent / options["file"]
    environment = read_compose(path, options.get("service", ""))
    return _of_container(part, COMPOSE_KEY, options, environment)


def _of_container(
    part: ConfigSection, key: str, options: Mapping[str, str], environment: ContainerEnvironment
) -> ImportedSettings:
    """The settings, and the release of the image: `version`, else the tag of Temporal's own image."""
    release = _written_release(part, key, options) or _tagged(environment)
    imported = _import(key, environment, release, is_sure=release is not None)
    tag = image_tag(environment.image) if SERVER_IMAGE.fullmatch(environment.image) else ""
    place = (*environment.place[:-1], "image") if environment.image else ()
    image = YamlNode(environment.document, place)
    imported.image_release(image, options.get("version", tag))
    return imported


def _options(part: ConfigSection, key: str) -> dict[str, str]:
    given = part.data[key]
    options = {"file": given} if isinstance(given, str) else given
    known = OPTIONS[key]
    if not isinstance(options, dict) or not options.get("file"):
        raise ConfigError([part.problem((key,), f"write a file, or {{{': …, '.join(known)}: …}}")])
    for name, value in options.items():
        if name not in known:
            raise ConfigError([part.problem((key, name), f"unknown key; the keys are {', '.join(known)}")])
        if not isinstance(value, str) or not value:
            raise ConfigError([part.problem((key, name), "write a text in quotes")])
    return options


def _written_release(part: ConfigSection, key: str, options: Mapping[str, str]) -> Release | None:
    if "version" not in options:
        return None
    release = parse_release(options["version"])
    if release is None:
        raise ConfigError([part.problem((key, "version"), "write the server's release, such as '1.30.1'")])
    return release


def parse_release(text: str) -> Release | None:
    """The release in an image's tag such as `1.24.2.1` or `1.30`; None if there is none."""
    match = _RELEASE.fullmatch(text)
    if match is None:
        return None
    # A tag without a patch is moved to the newest patch.
    return (int(match[1]), int(match[2]), int(match[3] or 9999))


def _tagged(environment: ContainerEnvironment) -> Release | None:
    """The release of the image's tag. A name without a tag, and `latest`, mean the newest release."""
    if not SERVER_IMAGE.fullmatch(environment.image):
        return None
    name, has_digest, _ = environment.image.partition("@")
    tag = image_tag(environment.image)
    if tag == "latest" or not (tag or has_digest):
        return _LAST_AUTO_SETUP if name.rpartition(":")[0 if tag else 2].endswith("/auto-setup") else NEWEST
    release = parse_release(tag)
    # Releases before the first one read the variables as that one does.
    return release and max(release, (1, 0, 0))


def _import(
    key: str, environment: ContainerEnvironment, release: Release | None, *, is_sure: bool
) -> ImportedSettings:
    own = own_config(environment, release if is_sure else None)
    config = own or image_config(environment, release or _newest_with(environment))
    imported = ImportedSettings(key)
    address = environment.variables.get("PUBLIC_FRONTEND_ADDRESS")
    has_address = address is not None and bool(address.value)
    reachable = at_host(config, environment.host, has_address=has_address) if environment.host else config
    if environment.host and not os.path.exists(config.at(*_DYNAMIC).text):
        # A file of the image, or of a volume, which the agent cannot see.
        config = replace(config, children={**config.children, _DYNAMIC[0]: replace(config, children={})})
    import_server_settings(imported, config, reachable)
    if environment.host is None and not has_address:
        _report_frontend(imported, environment)
    if own is None:
        _report_cassandra(imported, environment, config)
    if own is None and not is_sure and "es-visibility" in config.at("persistence", "datastores").children:
        _report_release(imported, environment, key)
    return imported


def _newest_with(environment: ContainerEnvironment) -> Release:
    """The newest release whose template has this value of `DB`."""
    variable = environment.variables.get("DB")
    value = variable.value.lower() if variable else ""
    if value in databases(NEWEST):
        return NEWEST
    ends = [each.before for each in DATABASES if each.value == value]
    return max(((*end[:1], end[1] - 1, 9999) for end in ends if len(end) > 1), default=NEWEST)


def _report_frontend(imported: ImportedSettings, environment: ContainerEnvironment) -> None:
    """The addresses of a task of ECS are not in its definition."""
    for key in ("frontend", "http", "metrics"):
        imported.drop(("temporal", key))
    what = "does not have the address of the frontend, such as that of a load balancer or of Cloud Map"
    node = YamlNode(environment.document, environment.place)
    imported.report_missing(node, what, ("temporal", "frontend"))


def _report_cassandra(
    imported: ImportedSettings, environment: ContainerEnvironment, config: YamlNode
) -> None:
    """Say that Cassandra is a default which nobody wrote, or that it has no visibility store any more."""
    given = values_of(environment.variables)
    if given.get("DB", "cassandra").lower() != "cassandra":
        return
    persistence = config["persistence"]
    node = YamlNode(environment.document, (*environment.place, "DB"))
    if not (given.get("DB") or given.get("CASSANDRA_SEEDS")):
        what = "is not set, so the image takes cassandra, and CASSANDRA_SEEDS is not set either"
        roles = [Role.PERSISTENCE, Role.VISIBILITY]
    elif persistence["visibilityStore"].text not in persistence["datastores"].children:
        what = "is cassandra, which has no visibility store from 1.24 on, and ENABLE_ES is not true"
        roles = [Role.VISIBILITY]
    else:
        return
    for role in roles:
        if imported.missing_of(role):
            imported.missing = [each for each in imported.missing if each.keys[0][0] != role]
            imported.drop((role,))
            imported.report_missing(node, what, (role,))


def _report_release(imported: ImportedSettings, environment: ContainerEnvironment, key: str) -> None:
    """Elasticsearch takes the place of the visibility store, or is one more store: the release decides."""
    found = environment.variables["ENABLE_ES"]
    node = YamlNode(found.document, found.place)
    what = (
        "is a search store up to 1.20, and the visibility store from 1.21 on:"
        f" write the release, such as `{key}: {{file: …, version: '1.30.1'}}`. Or else"
    )
    imported.report_missing(node, what, (Role.VISIBILITY,))
