"""What the server refuses of authorization and TLS.

Source: common/authorization/authorizer.go, claim_mapper.go and cmd/server/main.go at v1.8.0, v1.17.6 and
v1.31.2; common/rpc/encryption/local_store_cert_provider.go at v1.2.1 and v1.31.2.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from agent.config.temporal_files.import_result import MASK
from agent.config.temporal_files.validation.violation import Violation, unseen
from agent.config.temporal_files.yaml_tree import YamlNode
from agent.model.file_rules import FileRule

_KNOWN = frozenset({"", "default"})


def security_violations(config: YamlNode) -> Iterator[Violation]:
    """Unknown authorizers and claim mappers, and certificates."""
    authorization = config.at("global", "authorization")
    for key, rule in (
        ("authorizer", FileRule.AUTHORIZER_UNKNOWN),
        ("claimMapper", FileRule.CLAIM_MAPPER_UNKNOWN),
    ):
        name = authorization[key]
        if name.text.lower() not in _KNOWN:
            yield Violation(rule, name, f"is {name.text[:60]}, which no release has")
    both = all(authorization[key].text.lower() == "default" for key in ("authorizer", "claimMapper"))
    if both and not config.at("services", "internal-frontend").is_there:
        what = "refuses the server's own worker, which has no token"
        yield Violation(FileRule.WORKER_UNAUTHORIZED, authorization["authorizer"], what)
    yield from _tls(config.at("global", "tls"))


def _tls(tls: YamlNode) -> Iterator[Violation]:
    groups = [tls["internode"], tls["frontend"], *tls["remoteClusters"].children.values()]
    for group in groups:
        server = group["server"]
        # The server speaks TLS only with a key.
        for own in (server, *group["hostOverrides"].children.values()):
            if any(own[key].text not in ("", MASK) for key in ("keyFile", "keyData")):
                yield from _key_alone(own)
            if own["keyFile"].text or own["keyData"].text:
                yield from _pair(own)
                yield from _authorities(own, "clientCaFiles", "clientCaData")
        yield from _authorities(group["client"], "rootCaFiles", "rootCaData")
    worker = tls["systemWorker"]
    if any(worker[key].text for key in ("certFile", "certData")):
        yield from _pair(worker)
    yield from _authorities(worker["client"], "rootCaFiles", "rootCaData")


def _pair(own: YamlNode) -> Iterator[Violation]:
    for file, data in (("certFile", "certData"), ("keyFile", "keyData")):
        yield from _one_of(own[file], own[data].text)
        yield from unseen(own[file])
        yield from _decodable(own[data])


def _key_alone(own: YamlNode) -> Iterator[Violation]:
    if not (own["certFile"].text or own["certData"].text):
        node = own["keyFile"] if own["keyFile"].text else own["keyData"]
        yield Violation(FileRule.TLS_KEY_ALONE, node, "is set without certFile")


def _authorities(own: YamlNode, files: str, data: str) -> Iterator[Violation]:
    named = [node for node in own[files].items if node.text]
    inline = [node for node in own[data].items if node.text]
    for node in named[:1]:
        yield from _one_of(node, "".join(each.text for each in inline))
    for node in named:
        yield from unseen(node)
    for node in inline:
        yield from _decodable(node)


def _one_of(file: YamlNode, data: str) -> Iterator[Violation]:
    # `render-config` masks a key that is empty, too.
    if file.text and data not in ("", MASK):
        yield Violation(
            FileRule.TLS_FILE_AND_DATA, file, "is set, and so is the same certificate or key as data"
        )


def _decodable(data: YamlNode) -> Iterator[Violation]:
    if data.text in ("", MASK):
        return
    try:
        base64.b64decode("".join(data.text.split()), validate=True)
    except (binascii.Error, ValueError):
        yield Violation(FileRule.TLS_DATA, data, "is not base64")
