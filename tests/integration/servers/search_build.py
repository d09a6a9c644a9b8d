"""Elasticsearch's and OpenSearch's programs, by Maven into the cache.

The small archives are those that the makers run their own tests on. They lack most modules; what Temporal's
index templates need of them (scaled_float) is added where Maven has it, which is not so for Elasticsearch 8.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import cache, toolchain


@dataclass(frozen=True)
class _Archive:
    artifact: str
    sha256: str
    module: str = ""
    module_sha256: str = ""


_ELASTIC = "org.elasticsearch.distribution.integ-test-zip:elasticsearch"
_OPENSEARCH = "org.opensearch.distribution.integ-test-zip:opensearch"

_ARCHIVES: Mapping[tuple[str, str], _Archive] = {
    ("elasticsearch", "8.5.3"): _Archive(
        f"{_ELASTIC}:8.5.3:zip", "e15ae6acedb84ea1e885cbc5555d83d26de729f6e52dc0899d4deef5cdc7ec36"
    ),
    ("elasticsearch", "7.17.28"): _Archive(
        f"{_ELASTIC}:7.17.28:zip",
        "37004c9bd95165eb41b229204bbb9f311d8099d6db22ec22b2f019664f0a75ab",
        "org.elasticsearch.plugin:mapper-extras-client:7.17.28:jar",
        "7dab547cd3129405a3342817d6e0cc3b192e9ef17e9d75de4f93415fd03c16d7",
    ),
    ("elasticsearch", "6.8.23"): _Archive(
        "org.elasticsearch.distribution.zip:elasticsearch:6.8.23:zip",
        "490e9b9fbab9ffb3499938c45850318bd6554d439497842450b60ef22c114fb6",
    ),
    ("opensearch", "1.3.20"): _Archive(
        f"{_OPENSEARCH}:1.3.20:zip",
        "031e0cdcd14c7a5b9907dff8050fff76c7c2892c7313ea83c4a0bfbaae9265e3",
        "org.opensearch.plugin:mapper-extras-client:1.3.20:jar",
        "8e489b7708cba9d51dff795682c118f893b1104fd70056b1f2997c895b14f2b6",
    ),
    ("opensearch", "2.19.1"): _Archive(
        f"{_OPENSEARCH}:2.19.1:zip",
        "af7152d8b7f6f1cee09d47276b32b70479fe6dd8cdbb61213f84eb7f8098b261",
        "org.opensearch.plugin:mapper-extras-client:2.19.1:jar",
        "93e85f305ddc3070fea5b83cc8d962bdcd30df20638352b02cf57276cc2bc5d5",
    ),
}

SEARCH_VERSIONS = tuple(_ARCHIVES)


def search_home(component: str, version: str) -> Path:
    """The folder of one of SEARCH_VERSIONS; its programs are in `bin`."""
    archive = _ARCHIVES[component, version]
    inputs = [part.encode() for part in (archive.artifact, archive.sha256, archive.module_sha256, "2")]
    folder = cache.entry(component, version, inputs, lambda target: _unpack(target, archive, component))
    return folder / f"{component}-{version}"


def _unpack(folder: Path, archive: _Archive, component: str) -> None:
    packed = toolchain.maven_file(archive.artifact, archive.sha256, folder)
    with zipfile.ZipFile(packed) as content:
        for entry in content.infolist():
            made = Path(content.extract(entry, folder))
            if mode := entry.external_attr >> 16 & 0o777:
                made.chmod(mode | 0o400)  # zipfile leaves out who may execute
    packed.unlink()
    if archive.module:
        version = archive.artifact.split(":")[2]
        module = folder / f"{component}-{version}" / "modules" / "mapper-extras"
        module.mkdir()
        toolchain.maven_file(archive.module, archive.module_sha256, module)
        (module / "plugin-descriptor.properties").write_text(
            f"description=Adds scaled_float\nversion={version}\nname=mapper-extras\n"
            f"classname=org.{component}.index.mapper.MapperExtrasPlugin\njava.version=1.8\n"
            f"{component}.version={version}\nhas.native.controller=false\n"
        )
