"""What a trial does on a running server: a namespace, search attributes, workflows, and list queries."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from .steps import Steps, WrongResultError
from .workflows import (
    AMOUNT,
    ATTEMPTS,
    IS_EVEN,
    MOMENT,
    NUMBER,
    PARITY,
    STAGE,
    TAGS,
    TASK_QUEUE,
    TEXT,
    EvidenceTrial,
    fail_once,
)

T = TypeVar("T")

WORKFLOWS = 500
#: Seconds until a namespace, a search attribute or a visibility record must be there.
PROPAGATION = 90.0
#: Seconds for all workflows. A trial that takes longer says something about the machine, so it has no record.
PATIENCE = 420.0
_CONCURRENCY = 50
_NAMESPACE = "evidence"
_START = datetime(2026, 1, 1, tzinfo=UTC)
_WORDS = ("apple", "banana", "cherry", "damson", "elderberry")
_MARKS = ("north", "south", "west", "east")
_KEYS = (NUMBER, PARITY, STAGE, AMOUNT, IS_EVEN, MOMENT, TEXT, TAGS)
_NOT_YET = (RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.UNAVAILABLE)


@dataclass(frozen=True)
class Query:
    """A list query, and how many workflows it must find."""

    text: str
    expected: int


def queries(count: int) -> list[Query]:
    """One query for each type of search attribute and for what the server records by itself.

    `count`: the number of workflows, a multiple of 20.
    """
    middle = (_START + timedelta(minutes=count // 2)).isoformat().replace("+00:00", "Z")
    return [
        Query("ExecutionStatus = 'Completed'", count),
        Query("EvidenceStage = 'done'", count),
        Query("EvidenceStage = 'started'", 0),
        Query(f"EvidenceNumber >= {count // 2}", count // 2),
        Query("EvidenceNumber BETWEEN 10 AND 19", 10),
        Query("EvidenceParity = 'even'", count // 2),
        Query("EvidenceParity IN ('even', 'odd') AND EvidenceParity != 'odd'", count // 2),
        Query("EvidenceParity STARTS_WITH 'ev'", count // 2),
        Query(f"EvidenceAmount < {count // 4}", count // 2),
        Query("EvidenceIsEven = true", count // 2),
        Query(f"EvidenceMoment < '{middle}'", count // 2),
        Query("EvidenceText = 'banana'", count // len(_WORDS)),
        Query("EvidenceTags = 'north'", count // len(_MARKS)),
        Query("EvidenceTags IN ('north', 'south')", count // 2),
        Query("WorkflowType = 'EvidenceTrial' AND CloseTime IS NOT NULL", count),
        Query(
            "(EvidenceParity = 'odd' OR EvidenceNumber < 2) AND ExecutionStatus = 'Completed'", count // 2 + 1
        ),
    ]


async def run_workload(address: str, steps: Steps, count: int = WORKFLOWS) -> None:
    """Run all steps against the frontend at this `host:port`. The step that fails is in `steps`."""
    # It logs each first attempt, which fails on purpose.
    logging.getLogger("temporalio.activity").setLevel(logging.CRITICAL)
    steps.begin("namespace")
    system = await Client.connect(address)
    await _register(system)
    client = await Client.connect(address, namespace=_NAMESPACE)
    await _eventually(lambda: client.count_workflows(""))
    steps.begin("search attributes")
    await _add_attributes(client)
    await _eventually(lambda: client.count_workflows("EvidenceNumber > 0 AND EvidenceTags = 'north'"))
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[EvidenceTrial],
        activities=[fail_once],
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=count + 1,
    )
    async with worker:
        steps.begin("workflows")
        async with asyncio.timeout(PATIENCE):
            handles = await _together(_start(client, number) for number in range(count))
            await _found(client, Query("ExecutionStatus = 'Running'", count))
            results = await _together(_finish(handle) for handle in handles)
    # An activity runs at least once: on a busy machine the server may start it once more than it must.
    wrong = [result for result in results if result[:1] != ["word"] or int(result[1]) < ATTEMPTS]
    if wrong:
        raise WrongResultError(f"{len(wrong)} of {count} workflows returned something else: {wrong[0]}")
    steps.begin("list queries")
    for query in queries(count):
        await _found(client, query)
    await _listed(client, count)


async def _register(client: Client) -> None:
    retention = Duration(seconds=24 * 3600)
    request = RegisterNamespaceRequest(namespace=_NAMESPACE, workflow_execution_retention_period=retention)
    await client.workflow_service.register_namespace(request)


async def _add_attributes(client: Client) -> None:
    kinds = {key.name: IndexedValueType.ValueType(key.indexed_value_type) for key in _KEYS}
    request = AddSearchAttributesRequest(namespace=_NAMESPACE, search_attributes=kinds)
    await client.operator_service.add_search_attributes(request, timeout=timedelta(seconds=PROPAGATION))


async def _start(client: Client, number: int) -> WorkflowHandle[EvidenceTrial, list[str]]:
    is_even = number % 2 == 0
    attributes = TypedSearchAttributes(
        [
            SearchAttributePair(NUMBER, number),
            SearchAttributePair(PARITY, "even" if is_even else "odd"),
            SearchAttributePair(STAGE, "started"),
            SearchAttributePair(AMOUNT, number / 2),
            SearchAttributePair(IS_EVEN, is_even),
            SearchAttributePair(MOMENT, _START + timedelta(minutes=number)),
            SearchAttributePair(TEXT, f"a basket with {_WORDS[number % len(_WORDS)]} and more"),
            SearchAttributePair(TAGS, [_MARKS[number % len(_MARKS)], f"tag{number % 3}"]),
        ]
    )
    return await _eventually(
        lambda: client.start_workflow(
            EvidenceTrial.run, id=f"trial-{number}", task_queue=TASK_QUEUE, search_attributes=attributes
        )
    )


async def _finish(handle: WorkflowHandle[EvidenceTrial, list[str]]) -> list[str]:
    await handle.signal(EvidenceTrial.go_on, "word")
    return await handle.result()


async def _found(client: Client, query: Query) -> None:
    """Wait until the query counts as many as it must: visibility follows the workflows."""
    deadline = asyncio.get_running_loop().time() + PROPAGATION
    while (found := (await client.count_workflows(query.text)).count) != query.expected:
        if asyncio.get_running_loop().time() > deadline:
            raise WrongResultError(f"{query.text}: found {found}, expected {query.expected}")
        await asyncio.sleep(0.3)


async def _listed(client: Client, count: int) -> None:
    """Read all workflows by pages: each once, with the attributes that it got."""
    numbers = [
        execution.typed_search_attributes.get(NUMBER)
        async for execution in client.list_workflows("EvidenceStage = 'done'", page_size=100)
    ]
    if sorted(number for number in numbers if number is not None) != list(range(count)):
        raise WrongResultError(
            f"the list of all workflows has {len(numbers)} entries, not each of {count} once"
        )


async def _together(each: Iterable[Awaitable[T]]) -> list[T]:
    limit = asyncio.Semaphore(_CONCURRENCY)

    async def one(awaitable: Awaitable[T]) -> T:
        async with limit:
            return await awaitable

    return list(await asyncio.gather(*map(one, each)))


async def _eventually(call: Callable[[], Awaitable[T]]) -> T:
    """Repeat a call while the server's caches do not know the namespace or the attributes yet."""
    deadline = asyncio.get_running_loop().time() + PROPAGATION
    while True:
        try:
            return await call()
        except RPCError as error:
            if error.status not in _NOT_YET or asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.5)
