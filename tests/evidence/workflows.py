"""The workflow of a trial: a timer, a signal, an activity that fails once, and search attributes."""

from __future__ import annotations

from datetime import timedelta

from temporalio import activity, workflow
from temporalio.common import RetryPolicy, SearchAttributeKey
from temporalio.exceptions import ApplicationError

TASK_QUEUE = "evidence"

NUMBER = SearchAttributeKey.for_int("EvidenceNumber")
PARITY = SearchAttributeKey.for_keyword("EvidenceParity")
STAGE = SearchAttributeKey.for_keyword("EvidenceStage")
AMOUNT = SearchAttributeKey.for_float("EvidenceAmount")
IS_EVEN = SearchAttributeKey.for_bool("EvidenceIsEven")
MOMENT = SearchAttributeKey.for_datetime("EvidenceMoment")
TEXT = SearchAttributeKey.for_text("EvidenceText")
TAGS = SearchAttributeKey.for_keyword_list("EvidenceTags")

ATTEMPTS = 2


@activity.defn
async def fail_once() -> int:
    """Fail at the first attempt; return the number of the attempt at the next one."""
    attempt = activity.info().attempt
    if attempt < ATTEMPTS:
        raise ApplicationError("the first attempt fails, so that the server retries")
    return attempt


@workflow.defn(name="EvidenceTrial")
class EvidenceTrial:
    """Sleeps, waits for its signal, runs the activity until it succeeds, and changes a search attribute."""

    def __init__(self) -> None:
        self._words: list[str] = []

    @workflow.signal
    def go_on(self, word: str) -> None:
        """Let the workflow finish."""
        self._words.append(word)

    @workflow.run
    async def run(self) -> list[str]:
        """Return the word of the signal and the number of the successful attempt."""
        await workflow.sleep(timedelta(seconds=1))
        await workflow.wait_condition(lambda: bool(self._words))
        attempt = await workflow.execute_activity(
            fail_once,
            start_to_close_timeout=timedelta(seconds=60),
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_attempts=5),
        )
        workflow.upsert_search_attributes([STAGE.value_set("done")])
        return [*self._words, str(attempt)]
