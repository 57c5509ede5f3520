"""What was sent for each take, written down before it is sent, and what it cost.

An attempt's row is committed before the one POST that it stands for. So whatever breaks off, the
row says that a paid job may exist; and the money it may cost is reserved in the same transaction.

Two processes may be at work on one take, where one was taken for dead and was not. So an attempt is
begun only after the one that its beginner knows of, and each step is written only where the one
before it still stands; else it is `Overtaken`, and nothing is written.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import count
from typing import Any

import sqlalchemy as sa

from matchcut.errors import Code, MatchcutError
from matchcut.render.attempt import NOT_SENT, Attempt, AttemptState, Limits, Overtaken, TakeKey
from matchcut.render.called_off import cancelled
from matchcut.render.database import Database, meta
from matchcut.render.ledger import TakeState, last_number, now, takes

_attempts = sa.Table(
    "matchcut_attempt",
    meta,
    sa.Column("film", sa.String, primary_key=True),
    sa.Column("shot", sa.String, primary_key=True),
    sa.Column("take", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("run", sa.String, nullable=False),
    sa.Column("provider", sa.String, nullable=False),
    sa.Column("endpoint", sa.String, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("estimate_usd", sa.String, nullable=False),
    sa.Column("billed_usd", sa.String),
    sa.Column("billed_units", sa.String),
    sa.Column("request_id", sa.String),
    sa.Column("urls", sa.Text, nullable=False, default="{}"),
    sa.Column("error", sa.Text, nullable=False, default=""),
    sa.Column("error_type", sa.String, nullable=False, default=""),
    sa.Column("adopted", sa.Boolean, nullable=False, default=False),
    sa.Column("seed", sa.String),
    sa.Column("actual_prompt", sa.Text),
    sa.Column("sent_at", sa.String, nullable=False),
    sa.Column("answered_at", sa.String),
    sa.Column("ended_at", sa.String),
    # One job of the provider's belongs to one attempt, whoever finds it.
    sa.UniqueConstraint("provider", "request_id", name="matchcut_attempt_request"),
)


class Attempts:
    """The attempts of the films in one state folder.

    Args:
        database: Where they stand.
        run: Names this run, for its own limit.

    """

    def __init__(self, database: Database, run: str = "") -> None:
        self._database = database
        self._run = run

    def latest(self, key: TakeKey) -> Attempt | None:
        """The take's latest attempt, or None."""
        query = sa.select(_attempts).where(*_of(key)).order_by(_attempts.c.number.desc()).limit(1)
        with self._database.transaction() as connection:
            row = connection.execute(query).mappings().first()
            return None if row is None else _attempt(row)

    def all(self, film: str | None = None) -> list[Attempt]:
        """Every attempt, or every one of a film, in the order in which they were sent."""
        query = sa.select(_attempts).order_by(_attempts.c.sent_at, _attempts.c.shot)
        if film is not None:
            query = query.where(_attempts.c.film == film)
        with self._database.transaction() as connection:
            return [_attempt(row) for row in connection.execute(query).mappings()]

    def waits(self, endpoint: str, most: int) -> list[tuple[str, str, str]]:
        """How long an endpoint's latest clips were waited for, whatever film they are of.

        Args:
            endpoint: Which.
            most: So many of them, at least 1.

        Returns:
            What was expected, as the ledger has it, sent at and ended at; the latest first.

        """
        query = (
            sa.select(takes.c.expects, _attempts.c.sent_at, _attempts.c.ended_at)
            .where(
                _attempts.c.endpoint == endpoint,
                _attempts.c.state == AttemptState.DONE,
                _attempts.c.ended_at.is_not(None),
                takes.c.film == _attempts.c.film,
                takes.c.shot == _attempts.c.shot,
                takes.c.number == _attempts.c.take,
            )
            .order_by(_attempts.c.sent_at.desc())
            .limit(most)
        )
        with self._database.transaction() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(query)]

    def reserve(
        self,
        key: TakeKey,
        *,
        provider: str,
        endpoint: str,
        digest: str,
        estimate_usd: Decimal,
        limits: Limits,
        after: Attempt | None = None,
    ) -> Attempt:
        """Write down that a request is about to be sent, and reserve its money.

        Args:
            key: The take.
            provider: To whom.
            endpoint: And where.
            digest: SHA-256 of the whole input.
            estimate_usd: What it may cost.
            limits: What may be spent.
            after: The take's latest attempt, as far as is known here; None where there is none.

        Returns:
            The attempt, in `SENDING`. It is on the disk once this returns.

        Raises:
            MatchcutError: `budget.over`, and nothing is written, where what is spent, what is in
                flight and this one together pass a limit; `shot.cancelled` where a person has
                called it off meanwhile.
            Overtaken: There is a later attempt, or that one stands elsewhere by now.

        """
        moment, tries = now(), count()

        def write(connection: sa.Connection) -> Attempt:
            again = next(tries) > 0
            state = connection.execute(sa.select(takes.c.state).where(*_take_of(key))).scalar()
            if state == TakeState.CANCELLED:
                raise cancelled(key)
            mine = connection.execute(
                sa.select(_attempts).where(_attempts.c.film == key.film)
            ).mappings()
            rows = [(_attempt(row), row["run"]) for row in mine]
            of_take = [one for one in rows if one[0].key == key]
            last, run = max(of_take, key=lambda one: one[0].number, default=(None, ""))
            if again and last and (last.sent_at, run) == (moment, self._run):
                return last  # ours: it was written, and the server went before it could say so
            if _stand(last) != _stand(after):
                raise Overtaken
            _refuse_over(key, estimate_usd, limits.film_usd, [a for a, _ in rows], "the budget")
            now_spent = [a for a, run in rows if run == self._run or a.in_flight]
            _refuse_over(key, estimate_usd, limits.run_usd, now_spent, "this run's limit")
            connection.execute(
                _attempts.insert().values(
                    film=key.film,
                    shot=key.shot,
                    take=key.take,
                    number=1 + (last.number if last else 0),
                    run=self._run,
                    provider=provider,
                    endpoint=endpoint,
                    digest=digest,
                    state=AttemptState.SENDING,
                    estimate_usd=str(estimate_usd),
                    urls="{}",
                    error="",
                    error_type="",
                    adopted=False,
                    sent_at=moment,
                )
            )
            newest = sa.select(_attempts).where(*_of(key)).order_by(_attempts.c.number.desc())
            return _attempt(connection.execute(newest.limit(1)).mappings().one())

        return self._database.settled(write)

    def accepted(
        self, attempt: Attempt, request_id: str, urls: Mapping[str, str], *, adopted: bool = False
    ) -> Attempt:
        """Write down that the provider has it; `adopted` where a person says so.

        Raises:
            MatchcutError: `submission.taken` where that request belongs to another attempt.
            Overtaken: It has come to an end meanwhile.

        """
        try:
            return self._set(
                attempt,
                _OPEN,
                state=AttemptState.ACCEPTED,
                request_id=request_id,
                urls=json.dumps(dict(urls), sort_keys=True),
                adopted=adopted,
                answered_at=now(),
                error="",
                error_type="",
            )
        except MatchcutError as error:
            if isinstance(error.__cause__, sa.exc.IntegrityError):
                raise MatchcutError(
                    Code.SUBMISSION_TAKEN,
                    f"the request {request_id} belongs to another take already",
                    where=attempt.key.shot,
                    fix="`matchcut ledger` lists which.",
                ) from None
            raise

    def waiting(self, attempt: Attempt, why: str) -> Attempt:
        """Write down that its last try was certainly not accepted, and that another will follow."""
        return self._set(attempt, _SENDING, error=why, error_type=NOT_SENT)

    def again(self, attempt: Attempt) -> Attempt:
        """Write down that it is about to be sent again.

        Raises:
            Overtaken: It does not wait for that any more, or a person has called its take off.

        """
        waits = _attempts.c.error_type == NOT_SENT
        wanted = ~sa.exists().where(*_take_of(attempt.key), takes.c.state == TakeState.CANCELLED)
        return self._set(attempt, _SENDING, waits, wanted, error="", error_type="", sent_at=now())

    def withdraw(self, attempt: Attempt) -> Attempt:
        """Write down that one between two tries is not to be sent any more.

        Raises:
            Overtaken: It was sent meanwhile.

        """
        waits = _attempts.c.error_type == NOT_SENT
        over = AttemptState.REFUSED
        return self._set(attempt, _SENDING, waits, state=over, error_type=NOT_SENT, ended_at=now())

    def called_off(self, attempt: Attempt, why: str, kind: str, *, billed: bool) -> Attempt:
        """Write down that it was called off, whoever has seen that first.

        Args:
            attempt: The attempt.
            why: A sentence for a person.
            kind: The type of the error.
            billed: False where it is known that nothing is paid.

        Raises:
            Overtaken: Its clip was had meanwhile.

        """
        known: dict[str, Any] = {} if billed else {"billed_usd": "0"}
        return self._set(
            attempt,
            _OPEN | {AttemptState.FAILED},
            state=AttemptState.FAILED,
            error=why,
            error_type=kind,
            ended_at=now(),
            **known,
        )

    def unknown(self, attempt: Attempt, why: str) -> Attempt:
        """Write down that it may have been accepted and was not found.

        Raises:
            Overtaken: It was found meanwhile.

        """
        doubted = _attempts.c.state.in_(_UNANSWERED) | _attempts.c.adopted
        return self._set(
            attempt,
            _OPEN,
            doubted,
            state=AttemptState.UNKNOWN,
            error=why,
            request_id=None,
            urls="{}",
            adopted=False,
        )

    def compared(self, attempt: Attempt) -> Attempt:
        """Write down that an adopted request is the one that was sent."""
        return self._set(attempt, _OPEN, adopted=False)

    def refused(self, attempt: Attempt, why: str, kind: str) -> Attempt:
        """Write down that it was not accepted; its money is free again."""
        return self._set(
            attempt,
            _UNANSWERED,
            state=AttemptState.REFUSED,
            error=why,
            error_type=kind,
            ended_at=now(),
        )

    def failed(
        self, attempt: Attempt, why: str, kind: str, *, billed_usd: Decimal | None = None
    ) -> Attempt:
        """Write down that it was accepted and gave no clip.

        What is known of its bill stays where this does not say it, and so does a clip that was had.
        """
        billed: dict[str, Any] = {} if billed_usd is None else {"billed_usd": str(billed_usd)}
        return self._set(
            attempt,
            _OPEN,
            state=AttemptState.FAILED,
            error=why,
            error_type=kind,
            ended_at=now(),
            **billed,
        )

    def answered(
        self,
        attempt: Attempt,
        *,
        billed_usd: Decimal | None,
        billed_units: str | None,
        seed: str | None,
        actual_prompt: str | None,
    ) -> Attempt:
        """Write down what the answer says; it stays `ACCEPTED` until the clip is had.

        What is known from an earlier answer stands where this one does not say it.
        """
        said = {
            "billed_usd": None if billed_usd is None else str(billed_usd),
            "billed_units": billed_units,
            "seed": seed,
            "actual_prompt": actual_prompt,
        }
        known: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
        return self._set(attempt, _ANY, **known) if known else attempt

    def done(self, attempt: Attempt) -> Attempt:
        """Write down that its clip is in the media store."""
        return self._set(attempt, _HAD, state=AttemptState.DONE, ended_at=now())

    def given_up(self, attempt: Attempt) -> Attempt:
        """Write down that a person wants it sent again."""
        return self._set(attempt, _ANY, state=AttemptState.GIVEN_UP, ended_at=now())

    def settle(self) -> None:
        """Mark attempts done whose take was finished just before a run was broken off."""
        finished = sa.exists().where(
            takes.c.film == _attempts.c.film,
            takes.c.shot == _attempts.c.shot,
            takes.c.number == _attempts.c.take,
            takes.c.clip.is_not(None),
        )
        with self._database.transaction() as connection:
            connection.execute(
                _attempts.update()
                .where(_attempts.c.state == AttemptState.ACCEPTED, finished)
                .values(state=AttemptState.DONE, ended_at=now())
            )

    def take_over(self, key: TakeKey, inputs: str, left_behind: Callable[[str, str], bool]) -> bool:
        """Give a take that was made for just these inputs to the shot that has them now.

        A film file or a shot that was renamed has the same inputs, and what was paid for them.

        Args:
            key: The film and the shot; its take is not looked at.
            inputs: Hash of what would be sent.
            left_behind: Whether a film and shot of the ledger are not there any more.

        Returns:
            True where there was one.

        """
        same = sa.select(takes.c.film, takes.c.shot, takes.c.number).where(
            takes.c.inputs == inputs, takes.c.state != TakeState.REJECTED
        )
        with self._database.transaction() as connection:
            rows = connection.execute(same.order_by(takes.c.number.desc())).all()
            found = [row for row in rows if left_behind(row[0], row[1])]
            if not found:
                return False
            film, shot, number = found[0]
            hand_over(
                connection,
                TakeKey(film=film, shot=shot, take=number),
                replace(key, take=last_number(connection, key.film, key.shot) + 1),
            )
        return True

    def inputs_of(self, key: TakeKey) -> str:
        """The inputs of an attempt's take."""
        row = (takes.c.film == key.film, takes.c.shot == key.shot, takes.c.number == key.take)
        with self._database.transaction() as connection:
            return str(connection.execute(sa.select(takes.c.inputs).where(*row)).scalar() or "")

    def claimed_requests(self, provider: str) -> frozenset[str]:
        """Request ids that belong to some attempt already, of whatever film."""
        query = sa.select(_attempts.c.request_id).where(
            _attempts.c.provider == provider, _attempts.c.request_id.is_not(None)
        )
        with self._database.transaction() as connection:
            return frozenset(connection.execute(query).scalars())

    def _set(
        self,
        attempt: Attempt,
        after: frozenset[AttemptState],
        *conditions: sa.ColumnElement[bool],
        **values: Any,
    ) -> Attempt:
        row = (*_of(attempt.key), _attempts.c.number == attempt.number)
        stands = _attempts.c.state.in_(after)

        def write(connection: sa.Connection) -> Attempt:
            changed = connection.execute(
                _attempts.update().where(*row, stands, *conditions).values(**values)
            )
            there = connection.execute(sa.select(_attempts).where(*row)).mappings().one()
            # Written once already, by us before the answer was lost, or by whoever overtook us.
            same = all(there[n] == v for n, v in values.items() if not n.endswith("_at"))
            if not changed.rowcount and not same:
                raise Overtaken
            return _attempt(there)

        return self._database.settled(write)


_ANY = frozenset(AttemptState)
_SENDING = frozenset({AttemptState.SENDING})
_UNANSWERED = frozenset({AttemptState.SENDING, AttemptState.UNKNOWN})
_OPEN = _UNANSWERED | {AttemptState.ACCEPTED}
_HAD = frozenset({AttemptState.ACCEPTED, AttemptState.DONE})


def _stand(attempt: Attempt | None) -> tuple[int, AttemptState] | None:
    return (attempt.number, attempt.state) if attempt else None


def hand_over(connection: sa.Connection, was: TakeKey, now_is: TakeKey) -> None:
    """Give a take with its attempts another place, in a transaction that is under way."""
    new = {"film": now_is.film, "shot": now_is.shot}
    old = (takes.c.film == was.film, takes.c.shot == was.shot, takes.c.number == was.take)
    connection.execute(takes.update().where(*old).values(**new, number=now_is.take))
    connection.execute(_attempts.update().where(*_of(was)).values(**new, take=now_is.take))


def _refuse_over(
    key: TakeKey, this: Decimal, limit: Decimal | None, others: list[Attempt], name: str
) -> None:
    counted = sum((attempt.counted_usd for attempt in others), Decimal(0))
    if limit is not None and counted + this > limit:
        raise MatchcutError(
            Code.BUDGET_OVER,
            f"{name} is {limit} USD; {counted} USD are spent or in flight, and this shot may cost "
            f"{this} USD",
            where=key.shot,
            fix="Raise the limit, ask for less, or wait until what is in flight is known; what is "
            "finished is kept. `matchcut ledger` lists it all.",
        )


def _take_of(key: TakeKey) -> tuple[sa.ColumnElement[bool], ...]:
    return (takes.c.film == key.film, takes.c.shot == key.shot, takes.c.number == key.take)


def _of(key: TakeKey) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        _attempts.c.film == key.film,
        _attempts.c.shot == key.shot,
        _attempts.c.take == key.take,
    )


def _attempt(row: sa.RowMapping) -> Attempt:
    billed = row["billed_usd"]
    return Attempt(
        key=TakeKey(film=row["film"], shot=row["shot"], take=row["take"]),
        number=row["number"],
        provider=row["provider"],
        endpoint=row["endpoint"],
        digest=row["digest"],
        state=AttemptState(row["state"]),
        estimate_usd=Decimal(row["estimate_usd"]),
        billed_usd=None if billed is None else Decimal(billed),
        billed_units=row["billed_units"],
        request_id=row["request_id"],
        urls=json.loads(row["urls"]),
        error=row["error"],
        error_type=row["error_type"],
        adopted=bool(row["adopted"]),
        seed=row["seed"],
        actual_prompt=row["actual_prompt"],
        sent_at=row["sent_at"],
        answered_at=row["answered_at"],
        ended_at=row["ended_at"],
    )
