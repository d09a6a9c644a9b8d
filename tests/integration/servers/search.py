"""An Elasticsearch or OpenSearch server of its own for tests: one node on loopback, with a small heap."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import requests

from .commands import NOBODY, run, which
from .process import Process, free_port, temporary_folder

TEMPLATE = "temporal_visibility_v1_template"
_BOSS = "boss"


class SearchServer:
    """One node. Starts when entered as a context; `stop` and `start` keep data and port.

    With `privileges` (for Elasticsearch 8: cluster privileges by the name of a user, who may see the
    metadata of Temporal's indices besides) it asks for passwords, which `password_of` tells.
    """

    def __init__(
        self,
        home: Path,
        version: str,
        component: str = "elasticsearch",
        settings: Mapping[str, str] | None = None,
        privileges: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.component = component
        self.version = version
        self.port = free_port()
        self._folder = temporary_folder(f"{component}-{version}", for_nobody=True)
        # Its configuration folder is written to, and nobody may not enter root's home, where the cache is.
        copy = shutil.copytree(home, self._folder / "home")
        java = str(which("java").resolve().parent.parent)
        self._auth = (_BOSS, self.password_of(_BOSS)) if privileges is not None else None
        if privileges is not None:
            self._add_users(copy, java, privileges)
        if os.geteuid() == 0:
            run([which("chown"), "-R", f"{NOBODY}:{NOBODY}", copy])
        major = int(version.split(".")[0])
        plain = {
            "discovery.type": "single-node",
            "http.port": str(self.port),
            "network.host": "127.0.0.1",
            "path.data": str(self._folder / "data"),
            "path.logs": str(self._folder / "logs"),
            ("transport.tcp.port" if major == 6 else "transport.port"): str(free_port()),
        }
        if component == "elasticsearch":
            security = {"xpack.security.enabled": "true" if self._auth else "false"}
            plain |= {"xpack.ml.enabled": "false"} if major == 6 else security
        command: list[str | Path] = [which("bash"), copy / "bin" / component]
        command += [f"-E{key}={value}" for key, value in {**plain, **(settings or {})}.items()]
        prefix = "ES" if component == "elasticsearch" else "OPENSEARCH"
        environment = {
            "JAVA_HOME": java,
            f"{prefix}_JAVA_HOME": java,
            f"{prefix}_JAVA_OPTS": "-Xms384m -Xmx384m",
            f"{prefix}_TMPDIR": str(self._folder),
        }
        self._process = Process(
            f"{component} {version}", command, self._folder, env=environment, as_nobody=True
        )

    @staticmethod
    def password_of(user: str) -> str:
        """The password of a user that it was made with."""
        return f"{user}'s secret"

    @staticmethod
    def _add_users(home: Path, java: str, privileges: Mapping[str, Sequence[str]]) -> None:
        """In files, because this archive lacks what the index of users needs."""
        indices = [{"names": ["temporal_visibility_v1*"], "privileges": ["view_index_metadata"]}]
        roles = {user: {"cluster": list(of), "indices": indices} for user, of in privileges.items()}
        (home / "config" / "roles.yml").write_text(json.dumps(roles))  # which is YAML, without anchors
        for user, role in [(_BOSS, "superuser"), *((user, user) for user in privileges)]:
            password = SearchServer.password_of(user)
            command: list[str | Path] = [which("bash"), home / "bin" / "elasticsearch-users", "useradd", user]
            run([*command, "-p", password, "-r", role], env={"ES_JAVA_HOME": java})

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Starts and waits until it answers."""
        self._process.start(self._answers, timeout=120)

    def stop(self) -> None:
        """Ends it; its data stay."""
        self._process.stop()

    def close(self) -> None:
        """Ends it, and removes its files."""
        self._process.stop()
        shutil.rmtree(self._folder)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Its JSON answer; an error of its own is one of the test's."""
        answer = requests.request(method, f"{self.url}{path}", json=body, timeout=30, auth=self._auth)
        assert answer.ok, f"{method} {path}: {answer.status_code}: {answer.text[:500]}"
        return answer.json()

    def put_template(self, template: Path) -> None:
        """Temporal's index template, under Temporal's own name.

        For Elasticsearch 6 as Temporal's own was (@v1.17.6: versioned/v2/index_template_v6.json): with a
        document type, and without date_nanos.
        """
        content = json.loads(template.read_text())
        if self.version.startswith("6."):
            content = json.loads(template.read_text().replace('"date_nanos"', '"date"'))
            content["mappings"] = {"_doc": content["mappings"]}
            del content["settings"]
        self.ask("PUT", f"/_template/{TEMPLATE}", content)

    def create_index(self, name: str, template: Path) -> None:
        """A new index of this template, which shapes the next ones too."""
        self.put_template(template)
        self.ask("PUT", f"/{name}")

    def put_mapping(self, index: str, template: str) -> None:
        """Adds the fields of a template to an index, as Temporal's upgrade scripts do."""
        mapping = {"properties": json.loads(template)["mappings"]["properties"]}
        self.ask("PUT", f"/{index}/_mapping", mapping)

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/_cluster/health", timeout=2, auth=self._auth).ok
        except requests.RequestException:
            return False
