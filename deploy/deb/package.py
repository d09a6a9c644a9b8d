"""The Debian package: an environment with the agent and its locked libraries, a unit, a configuration.

docs/adr/0010-debian-package.md says why it is built this way.
"""

from __future__ import annotations

import gzip
import shutil
import sys
import tempfile
from pathlib import Path

from deploy.deb import environment
from deploy.release.commands import ReleaseError, run

NAME = "temporal-compat-agent"
HERE = Path(__file__).parent
SCRIPTS = ("postinst", "prerm", "postrm")
#: What the compiled libraries load besides the C library.
LIBRARIES = ("libgcc-s1", "libstdc++6", "zlib1g")


def build(root: Path, wheel: Path, target: Path, version: str, epoch: str) -> Path:
    """Build the package of the wheel into the folder `target`; all files get the time `epoch` (Unix seconds).

    Downloads the libraries of `requirements/run.txt`. Raises `ReleaseError` if this or `dpkg-deb` fails.
    """
    if shutil.which("dpkg-deb") is None:
        raise ReleaseError("dpkg-deb is missing: build the Debian package on Debian or Ubuntu")
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        needed = environment.create(tree, wheel, root / "requirements" / "run.txt")
        _add_files(tree, root)
        (tree / "DEBIAN").mkdir()
        (tree / "DEBIAN" / "control").write_text(_control(tree, version, needed), encoding="utf-8")
        (tree / "DEBIAN" / "conffiles").write_text(f"/etc/{NAME}/agent.yaml\n", encoding="utf-8")
        for script in SCRIPTS:
            shutil.copyfile(HERE / script, tree / "DEBIAN" / script)
        _set_modes(tree)
        # Every tool for packages reads gzip; xz takes a minute for 20 % less.
        command: list[str | Path] = ["dpkg-deb", "-Zgzip", "--root-owner-group", "--build", tree, target]
        run(command, environment={"SOURCE_DATE_EPOCH": epoch})
    return target / file_name(version)


def file_name(version: str) -> str:
    """The name that `dpkg-deb` gives it, such as `temporal-compat-agent_0.1.0+python3.11_amd64.deb`."""
    return f"{NAME}_{_full_version(version)}_{_architecture()}.deb"


def _add_files(tree: Path, root: Path) -> None:
    (tree / "usr" / "bin").mkdir(parents=True)
    (tree / "usr" / "bin" / NAME).symlink_to(f"../lib/{NAME}/bin/{NAME}")
    documents = Path("usr", "share", "doc", NAME)
    files = {
        HERE / "agent.yaml": Path("etc", NAME, "agent.yaml"),
        root / "LICENSE": documents / "copyright",
        root / "CHANGELOG.md": documents / "changelog.gz",
        root / "docs" / "man" / f"{NAME}.1": Path("usr", "share", "man", "man1", f"{NAME}.1.gz"),
    }
    for source, place in files.items():
        (tree / place).parent.mkdir(parents=True, exist_ok=True)
        content = source.read_bytes()
        (tree / place).write_bytes(gzip.compress(content, mtime=0) if place.suffix == ".gz" else content)
    unit = (root / "deploy" / "systemd" / f"{NAME}.service").read_text(encoding="utf-8")
    units = tree / "usr" / "lib" / "systemd" / "system"
    units.mkdir(parents=True)
    (units / f"{NAME}.service").write_text(
        unit.replace(f"/opt/{NAME}", f"/{environment.HOME}"), encoding="utf-8"
    )


def _control(tree: Path, version: str, c_library: str) -> str:
    major, minor = sys.version_info[:2]
    size = sum(path.lstat().st_size for path in tree.rglob("*") if not path.is_dir())
    depends = (
        f"python3 (>= {major}.{minor})",
        # Compiled modules are for one minor version.
        f"python3 (<< {major}.{minor + 1})",
        f"libc6 (>= {c_library})",
        *LIBRARIES,
        "adduser",
    )
    return (
        (HERE / "control")
        .read_text(encoding="utf-8")
        .format(
            version=_full_version(version),
            architecture=_architecture(),
            size=size // 1024,
            depends=", ".join(depends),
        )
    )


def _full_version(version: str) -> str:
    """As of Debian's backports: the package for a newer Python replaces that for an older one."""
    return f"{version}+python{sys.version_info.major}.{sys.version_info.minor}"


def _architecture() -> str:
    return run(["dpkg", "--print-architecture"]).strip()


def _set_modes(tree: Path) -> None:
    """Modes that do not depend on the builder's umask; only root and the agent read the configuration."""
    for path in tree.rglob("*"):
        executable = path.is_dir() or path.parent.name == "bin" or path.name in SCRIPTS
        if not path.is_symlink():
            path.chmod(0o755 if executable else 0o644)
    (tree / "etc" / NAME).chmod(0o750)
    tree.chmod(0o755)
