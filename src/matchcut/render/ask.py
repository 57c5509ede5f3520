"""A vision-language model asked about crops: only where somebody has said so, and for money.

A question is an attempt like any other: written down with its money reserved before the one POST,
never sent again by itself, counted in the film's budget. Its answer is kept, so that the same crops
are not asked about twice. Whatever goes wrong on the way, what comes of it is *not measured*; what
does not is a machine's opinion, and overrules nobody.
"""

import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa

from matchcut.errors import Code, MatchcutError
from matchcut.frames.still import pixel_hash, write_still
from matchcut.look.crops import Crop
from matchcut.look.question import SYSTEM, Opinion, prompt, read_opinions
from matchcut.render.attempt import NOT_SENT, Attempt, AttemptState, Limits, Overtaken, TakeKey
from matchcut.render.attempts import Attempts
from matchcut.render.database import Database, meta
from matchcut.render.providers.protocol import (
    Ambiguous,
    Heard,
    NotSent,
    Receipt,
    Refused,
    Sendable,
    Talker,
    Uploads,
)

MODEL = "google/gemini-2.5-flash"
RESERVED_USD = Decimal("0.05")
"""What a question counts. The route's price depends on the model and is documented nowhere that was
found; others give 0.005 to 0.04 USD a call (read 2026-11-25), so this is meant to be too much."""
_STOPS = frozenset({Code.PROVIDER_KEY, Code.BUDGET_OVER, Code.STATE_BROKEN})
"""What a person must know: it is no matter of one answer."""

_questions = sa.Table(
    "matchcut_question",
    meta,
    sa.Column("film", sa.String, primary_key=True),
    sa.Column("shot", sa.String, primary_key=True),
    sa.Column("take", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("question", sa.String(64), nullable=False),
    sa.Column("answer", sa.Text),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of asking."""

    opinions: tuple[Opinion, ...] | None
    """One for each crop, in order; None where it was not measured."""
    reason: str = ""
    """Why it was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What is asked, of which crops."""

    key: TakeKey
    model: str
    crops: Sequence[Crop]

    @property
    def arguments(self) -> dict[str, str]:
        """What goes over the wire beside the pictures."""
        kinds = tuple(crop.place.kind.value for crop in self.crops)
        return {"model": self.model, "prompt": prompt(kinds), "system_prompt": SYSTEM}

    @property
    def digest(self) -> str:
        """What makes it the same question again."""
        asked = [self.arguments, [pixel_hash(crop.pixels) for crop in self.crops]]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def question_key(film: str, shot: str, edge: str, take: int) -> TakeKey:
    """Under which key questions about an edge of a take stand in the ledger: `SHOT.out`.

    No shot has such an id, so that no question is taken for a take's own attempt.
    """
    return TakeKey(film=film, shot=f"{shot}.{edge}", take=take)


class Questions:
    """The questions of one film's state, and their answers.

    Args:
        database: Where they stand.
        attempts: Where they are paid.
        uploads: What is known of earlier uploads.

    """

    def __init__(self, database: Database, attempts: Attempts, uploads: Uploads) -> None:
        self._database = database
        self._attempts = attempts
        self._uploads = uploads

    async def ask(
        self,
        talker: Talker,
        crops: Sequence[Crop],
        key: TakeKey,
        *,
        limits: Limits,
        estimate_usd: Decimal = RESERVED_USD,
        model: str = MODEL,
        again: bool = False,
        heard: Heard = lambda _state, _said: None,
    ) -> Asked:
        """Ask about crops, or find what was answered before.

        Args:
            talker: Who answers.
            crops: What it is shown, at least one.
            key: As `question_key` makes it.
            limits: What may be spent.
            estimate_usd: What the question counts until its cost is known.
            model: By the route's own name.
            again: Send it although an earlier one may have been accepted and its answer was lost,
                or was of no use; that one counts as spent.
            heard: Told how it stands.

        Returns:
            One opinion for each crop; or why there is none.

        Raises:
            MatchcutError: `budget.over`, `provider.key`; nothing was sent then.

        """
        if not crops:
            return Asked(opinions=(), reason="")
        question = _Question(key=key, model=model, crops=crops)
        self._settle(key)
        earlier = self._earlier(question)
        try:
            if earlier is not None and not again:
                text = self._answer(earlier)
                if text is None:
                    text = await self._go_on(talker, question, earlier, heard)
            else:
                if earlier is not None and earlier.in_flight:
                    self._attempts.given_up(earlier)
                attempt = await self._send(talker, question, limits, estimate_usd)
                text = await self._follow(talker, attempt, heard)
        except Refused as refusal:
            return _not_measured(refusal.why)
        except Overtaken:
            return _not_measured("another process asks the same")
        except MatchcutError as error:
            if error.code in _STOPS:
                raise
            return _not_measured(error.message)
        opinions = read_opinions(text, len(crops))
        if opinions is None:
            return _not_measured("the model's answer is not what it was asked for")
        return Asked(opinions=opinions)

    async def _send(
        self, talker: Talker, question: _Question, limits: Limits, estimate_usd: Decimal
    ) -> Attempt:
        sendable = await self._prepare(talker, question)
        attempt = self._attempts.reserve(
            question.key,
            provider=talker.name,
            endpoint=sendable.endpoint,
            digest=sendable.digest,
            estimate_usd=estimate_usd,
            limits=limits,
            after=self._attempts.latest(question.key),
        )
        self._note(attempt, question)
        try:
            receipt = await talker.submit(sendable)
        except Refused as refusal:
            self._attempts.refused(attempt, refusal.why, refusal.kind)
            if refusal.code is not None:
                raise MatchcutError(refusal.code, refusal.why, fix=refusal.fix) from None
            raise
        except NotSent as failure:
            self._attempts.refused(attempt, failure.why, NOT_SENT)
            raise MatchcutError(Code.PROVIDER_NETWORK, failure.why) from None
        except Ambiguous as doubt:
            self._attempts.unknown(attempt, doubt.why)
            raise _unknown(doubt.why) from None
        return self._attempts.accepted(attempt, receipt.request_id, receipt.urls)

    async def _go_on(
        self, talker: Talker, question: _Question, attempt: Attempt, heard: Heard
    ) -> str:
        """Go on from an attempt that stands: one without an answer is looked for, never sent."""
        if attempt.state in (AttemptState.SENDING, AttemptState.UNKNOWN):
            sendable = await self._prepare(talker, question)
            claimed = self._attempts.claimed_requests(talker.name)
            found = None
            if sendable.digest == attempt.digest:
                found = await talker.search(sendable, attempt.sent_at, claimed)
            if found is None:
                why = attempt.error or "matchcut was stopped before the answer was written down"
                self._attempts.unknown(attempt, why)
                raise _unknown(why)
            attempt = self._attempts.accepted(attempt, found.request_id, found.urls)
        return await self._follow(talker, attempt, heard)

    async def _follow(self, talker: Talker, attempt: Attempt, heard: Heard) -> str:
        receipt = Receipt(request_id=attempt.request_id or "", urls=attempt.urls)
        try:
            reply = await talker.reply(attempt.endpoint, receipt, heard)
        except Refused as refusal:
            billed = None if refusal.billed else Decimal(0)
            self._attempts.failed(attempt, refusal.why, refusal.kind, billed_usd=billed)
            raise
        except MatchcutError as error:
            if error.code is Code.RESULT_GONE:
                self._attempts.failed(attempt, error.message, error.code.value)
            raise
        # What the route calls its cost may not be what fal bills: it is kept, and not counted.
        attempt = self._attempts.answered(
            attempt,
            billed_usd=None,
            billed_units=reply.billed_units,
            seed=None,
            actual_prompt=None,
        )
        row = _row(attempt)
        with self._database.transaction() as connection:
            connection.execute(_questions.update().where(*row).values(answer=reply.text))
        self._attempts.done(attempt)
        return reply.text

    async def _prepare(self, talker: Talker, question: _Question) -> Sendable:
        with tempfile.TemporaryDirectory(prefix="matchcut-ask-") as folder:
            files = []
            for number, crop in enumerate(question.crops, start=1):
                file = Path(folder) / f"{pixel_hash(crop.pixels)[:16]}-{number}.png"
                file.write_bytes(write_still(crop.pixels, {}))
                files.append(file)
            return await talker.prepare_question(question.arguments, files, self._uploads)

    def _note(self, attempt: Attempt, question: _Question) -> None:
        key = attempt.key
        with self._database.transaction() as connection:
            connection.execute(
                _questions.insert().values(
                    film=key.film,
                    shot=key.shot,
                    take=key.take,
                    number=attempt.number,
                    question=question.digest,
                )
            )

    def _earlier(self, question: _Question) -> Attempt | None:
        """The latest attempt at just this question that may have an answer, or None."""
        key = question.key
        query = sa.select(_questions.c.number).where(
            _questions.c.film == key.film,
            _questions.c.shot == key.shot,
            _questions.c.take == key.take,
            _questions.c.question == question.digest,
        )
        with self._database.transaction() as connection:
            numbers = set(connection.execute(query).scalars())
        mine = [
            attempt
            for attempt in self._of(key)
            if attempt.number in numbers
            and (attempt.in_flight or attempt.state is AttemptState.DONE)
        ]
        return max(mine, key=lambda attempt: attempt.number, default=None)

    def _settle(self, key: TakeKey) -> None:
        """Free the money of what was certainly never sent: a question is noted before its POST."""
        noted = sa.select(_questions.c.number).where(
            _questions.c.film == key.film,
            _questions.c.shot == key.shot,
            _questions.c.take == key.take,
        )
        with self._database.transaction() as connection:
            numbers = set(connection.execute(noted).scalars())
        for attempt in self._of(key):
            if attempt.state is AttemptState.SENDING and attempt.number not in numbers:
                self._attempts.refused(attempt, "matchcut was stopped before it was sent", NOT_SENT)

    def _of(self, key: TakeKey) -> list[Attempt]:
        return [attempt for attempt in self._attempts.all(key.film) if attempt.key == key]

    def _answer(self, attempt: Attempt) -> str | None:
        with self._database.transaction() as connection:
            query = sa.select(_questions.c.answer).where(*_row(attempt))
            return connection.execute(query).scalar()


def _row(attempt: Attempt) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        _questions.c.film == attempt.key.film,
        _questions.c.shot == attempt.key.shot,
        _questions.c.take == attempt.key.take,
        _questions.c.number == attempt.number,
    )


def _unknown(why: str) -> MatchcutError:
    return MatchcutError(
        Code.SUBMISSION_UNKNOWN,
        f"the question may have been accepted, and was not found ({why}); it counts as spent",
    )


def _not_measured(reason: str) -> Asked:
    return Asked(opinions=None, reason=reason)
