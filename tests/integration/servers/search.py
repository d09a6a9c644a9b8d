"""An Elasticsearch or OpenSearch server of its own for tests: one node on loopback, with a small heap."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

from . import cache
from .certificates import Authority
from .commands import NOBODY, run, which
from .process import Process, free_port, temporary_folder
from .running import Running
from .search_build import search_java

TEMPLATE = "temporal_visibility_v1_template"
#: The name in the certificate of a server that speaks TLS.
NAME = "search.example.com"
_BOSS = "boss"


class SearchServer(Running):
    """One node. Starts when entered as a context; `stop` and `start` keep data and port.

    With `privileges` (for Elasticsearch: cluster privileges by the name of a user, who may see the
    metadata of Temporal's indices besides) it asks for passwords, which `password_of` tells. With an
    `authority` too (a whole archive has what that takes, the small ones have not) it speaks TLS, with a
    certificate for 127.0.0.1 and for NAME.
    """

    def __init__(
        self,
        home: Path,
        version: str,
        component: str = "elasticsearch",
        settings: Mapping[str, str] | None = None,
        privileges: Mapping[str, Sequence[str]] | None = None,
        authority: Authority | None = None,
    ) -> None:
        self.component = component
        self.version = version
        self.port = free_port()
        self._folder = temporary_folder(f"{component}-{version}", for_nobody=True)
        # Its configuration folder is written to, and nobody may not enter root's home, where the cache is.
        copy = shutil.copytree(home, self._folder / "home")
        java = str(_readable(search_java(component, version), self._folder))
        self._auth = (_BOSS, self.password_of(_BOSS)) if privileges is not None else None
        if privileges is not None:
            self._add_users(copy, java, privileges)
        self._ca = authority.ca if authority else None
        if authority is not None:
            certificate = authority.issue(f"{component}-{version}", dns=NAME)
            # It reads nothing outside of its own configuration.
            shutil.copy(certificate.cert, copy / "config" / "server.pem")
            shutil.copy(certificate.key, copy / "config" / "server.key")
        if os.geteuid() == 0:
            run([which("chown"), "-R", f"{NOBODY}:{NOBODY}", copy])
        major = int(version.split(".")[0])
        plain = {
            "discovery.type": "single-node",
            "http.port": str(self.port),
            "network.host": "127.0.0.1",
            "path.data": str(self._folder / "data"),
            "path.logs": str(self._folder / "logs"),
            # On a disk that is nearly full it would make no index.
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            ("transport.tcp.port" if major == 6 else "transport.port"): str(free_port()),
        }
        if component == "elasticsearch":
            if major != 6 or self._auth:
                plain["xpack.security.enabled"] = "true" if self._auth else "false"
            if major == 6:
                plain["xpack.ml.enabled"] = "false"
            if authority is not None:
                plain |= {
                    # The basic licence of Elasticsearch 6 has passwords and TLS, and no API keys.
                    "xpack.license.self_generated.type": "trial",
                    "xpack.security.http.ssl.enabled": "true",
                    "xpack.security.http.ssl.certificate": "server.pem",
                    "xpack.security.http.ssl.key": "server.key",
                }
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
            run([*command, "-p", password, "-r", role], env={"JAVA_HOME": java, "ES_JAVA_HOME": java})

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"{'https' if self._ca else 'http'}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts and waits until it answers."""
        self._process.start(self._answers, timeout=300)

    def stop(self) -> None:
        """Ends it; its data stay."""
        self._process.stop()

    def close(self) -> None:
        """Ends it, and removes its files."""
        self._process.stop()
        shutil.rmtree(self._folder)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Its JSON answer; an error of its own is one of the test's."""
        answer = self._request(method, path, timeout=30, json=body)
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
            return self._request("GET", "/_cluster/health", timeout=2).ok
        except requests.RequestException:
            return False

    def _request(self, method: str, path: str, timeout: float, json: Any = None) -> requests.Response:
        verify = str(self._ca) if self._ca else None
        url = f"{self.url}{path}"
        return requests.request(method, url, json=json, timeout=timeout, auth=self._auth, verify=verify)


def _readable(java: Path, folder: Path) -> Path:
    """The same Java where the server's user may read it: nobody may not enter root's home."""
    return shutil.copytree(java, folder / "java") if cache.root() in java.parents else java
