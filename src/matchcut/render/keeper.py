"""The keeper: what is shown of a take, where its neighbours are pinned to it, and who must look.

A finished clip becomes a kept take here, the same whether it was made now or long ago: all that is
looked at comes from the clip and from the film's records.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from matchcut.edge import Verdict
from matchcut.errors import Code, MatchcutError
from matchcut.film.types import AnchorPolicy
from matchcut.frames.clip import frame_times
from matchcut.inspect.correct import Correction
from matchcut.inspect.seam import misses
from matchcut.plan.reference import hangs_on
from matchcut.project import Project
from matchcut.render.circled import Sent
from matchcut.render.commands import anchor_command
from matchcut.render.gates import Action, Spot
from matchcut.render.intake import FOOTAGE, shown_frames
from matchcut.render.landings import Landing
from matchcut.render.ledger import Take, TakeState
from matchcut.render.pins import IN, OUT, Pin, agrees, pin_edges
from matchcut.render.providers.protocol import Host, Provider
from matchcut.render.records import Records
from matchcut.render.shelf import Item
from matchcut.render.tones import held_by, off, taking_back, tones_sent, tones_since
from matchcut.render.work import KeptTake, Work, spot_of
from matchcut.store.media import MediaStore


class Keeper:
    """Keeps takes, and the gates between them.

    Args:
        film: What it is called in its state.
        project: The film.
        records: What was made, measured and decided.
        media: Where clips and stills lie.
        provider: Who makes pixels: a rehearsal goes on by itself where it can, and what costs money
            waits for a look, unless the film says otherwise.
        looks_only: True where it is not to be written down which take is used.

    """

    def __init__(
        self,
        film: str,
        project: Project,
        records: Records,
        media: MediaStore,
        provider: Provider,
        *,
        looks_only: bool = False,
    ) -> None:
        self._film = film
        self._corrects = project.film.correct_drift
        self._gates = records.gates
        self._landings = records.landings
        self._ledger = records.ledger
        self._media = media
        self._by = provider.name
        self._looks_only = looks_only
        paid = isinstance(provider, Host)
        self._policy = AnchorPolicy.REVIEW if paid else AnchorPolicy.AUTO

    def keep(
        self,
        work: Work,
        take: Take,
        items: Mapping[str, Item] | None = None,
        before: Mapping[str, KeptTake] | None = None,
        *,
        sent: Sent | None = None,
        lands: bool = False,
    ) -> KeptTake:
        """Keep a take.

        Args:
            work: The shot.
            take: Its take.
            items: What stands behind its references.
            before: The takes of the shots that it needs.
            sent: What it really started from, where its seam with the clip before was accepted.
            lands: True where it was made to end on the clip after it, and is not stepped back.

        Raises:
            MatchcutError: `clip.unexpected` where its `use` shows nothing of it.

        """
        times = frame_times(self._clip(take)) if take.variable else ()
        kept = shown_frames(work.use, take, times)
        if kept is None:
            raise MatchcutError(
                Code.CLIP_UNEXPECTED,
                f"nothing of the clip lies in its use, {work.use}: it has {take.frames} frames",
                where=work.shot,
                fix="Mend `use` of this shot.",
            )
        pins: dict[str, Pin] = {}
        if work.edges:
            spots = tuple(spot_of(take, edge, kept) for edge in (IN, OUT) if edge in work.edges)
            policy = work.policy or self._policy
            pins, kept = pin_edges(self._gates, self._clip(take), spots, policy, lands=lands)
        tones = self._tones(work, take, items, before, sent) if items and before else Correction()
        if work.bridge and items:
            pins[OUT] = self._landed(work, take, items, kept[1])
        elif OUT in pins and pins[OUT].still and work.hands_over:
            said = "it was replaced, and the next shot takes the clip itself"
            pins[OUT] = replace(pins[OUT], still="", pixels="", settled=False, said=said)
        elif OUT in pins and not pins[OUT].still:
            pins[OUT] = replace(pins[OUT], correction=taking_back(tones))
        first, last = kept
        span = times[last + 1] - times[first] if times else (last - first + 1) / take.rate
        return KeptTake(take=take, kept=kept, span=span, pins=pins, tones=tones, sent=sent)

    def use(self, kept: KeptTake) -> None:
        """Write down that the film uses a take now."""
        take = kept.take
        if take.provider != FOOTAGE and not self._looks_only:
            self._gates.use(self._film, take.shot, self._by, take.number)

    def was_rejected(self, work: Work, take: Take) -> bool:
        """True where a person has rejected this very clip: a model has made it once more."""
        kept = shown_frames(work.use, take, frame_times(self._clip(take)) if take.variable else ())
        decisions = [self._gates.decision(spot_of(take, edge, kept)) for edge in (IN, OUT) if kept]
        return any(one is not None and one.action is Action.REJECT for one in decisions)

    def retouched(self, kept: KeptTake) -> dict[str, Path]:
        """By edge: the still that a person has put in place of a take's outermost frame."""
        return {
            edge: self._media.path(pin.still, ".png")
            for edge, pin in kept.pins.items()
            if pin.still
        }

    def made_from(self, kept: KeptTake) -> Path | None:
        """The still that a take was made from, where another frame is shown before it."""
        return self._media.path(kept.sent.digest, kept.sent.suffix) if kept.sent else None

    def refuse_overtaken(self, kept: Iterable[KeptTake]) -> None:
        """Stop where a person has decided anew of a take since this run has taken it in.

        Raises:
            MatchcutError: `decision.stale`; the next run goes on from what was decided.

        """
        for one in kept:
            known = self._ledger.take(self._film, one.take.shot, one.take.number)
            rejected = known is not None and known[1] is TakeState.REJECTED
            own = one.take.provider != FOOTAGE
            spots = {edge: one.spot(edge) for edge in one.pins}
            if (own and rejected) or not all(
                not pin.settled or agrees(pin, self._gates.decision(spots[edge]), spots[edge].kept)
                for edge, pin in one.pins.items()
            ):
                raise MatchcutError(
                    Code.DECISION_STALE,
                    f"`{one.take.shot}` was decided anew while this run was under way",
                    where=one.take.shot,
                    fix="Run the same command again: it goes on from what was decided.",
                )

    def stop_at_gates(self, work: Work, kept: Mapping[str, KeptTake]) -> None:
        """Nothing is made from a frame that a person has still to look at."""
        waiting = []
        for reference in work.references:
            shot, edge = hangs_on(reference) or ("", "")
            pin = kept[shot].pins.get(edge) if shot in kept else None
            if pin is not None and not pin.settled:
                waiting.append((kept[shot].spot(edge), pin))
        if not waiting:
            return
        spots = " and ".join(f"`{spot.name}`" for spot, _ in waiting)
        names = f"{spots} wait" if len(waiting) > 1 else ""
        raise self.waits(work, *waiting[0], names=names)

    def open_gates(self, work: Work, kept: KeptTake, made: Container[str] = ()) -> None:
        """Ask a person of each edge that somebody will be pinned to and nobody vouches for.

        Args:
            work: The shot.
            kept: Its take.
            made: Shots that are there already: nothing is to be made from an edge for them.

        """
        for edge, pin in kept.pins.items():
            follower = work.edges.get(edge, "")  # a bridge's end is waited for by the film alone
            if not pin.settled and follower not in made:
                spot = kept.spot(edge, needed_by=follower)
                self._gates.open(self._film, replace(spot, note=_corrected(pin)), self._by)

    def waits(self, work: Work, spot: Spot, pin: Pin, names: str = "") -> MatchcutError:
        """That a shot waits for a person's word on an anchor.

        Args:
            work: The shot.
            spot: What is to be looked at.
            pin: What is known of it.
            names: All that it waits for, where that is more.

        """
        doubt = f": {pin.said}" if pin.said else ""
        own_end = work.bridge and spot.shot == work.shot
        continued = bool(work.carried) and hangs_on(work.carried or "") == (spot.shot, spot.edge)
        barred = {
            Action.APPROVE: True,
            Action.STEP: own_end,
            Action.REPLACE: own_end or continued,
            Action.REJECT: spot.provider == FOOTAGE,
        }
        others = " or ".join(f"`{action}`" for action in Action if not barred[action])
        return MatchcutError(
            Code.GATE_WAITS,
            f"{names or f'`{spot.name}` waits'} for your look (frame {pin.frame}{doubt})",
            where=work.shot,
            fix=f"{anchor_command(self._film, 'show', spot.name)} shows it; then "
            f"{anchor_command(self._film, 'approve', spot.name)}, or {others} in its place. Run "
            "the same command again after that.",
        )

    def handed_on(self, work: Work, kept: Mapping[str, KeptTake]) -> str:
        """What is done to the frame that it starts on before it is sent."""
        before = kept.get(work.starts_on or "")
        return _corrected(before.pins[OUT]) if before else ""

    def _tones(
        self,
        work: Work,
        take: Take,
        items: Mapping[str, Item],
        kept: Mapping[str, KeptTake],
        really: Sent | None,
    ) -> Correction:
        """What has become of the hero's tones in a take."""
        before = kept.get(work.starts_on or "")
        if before is None or OUT not in work.edges or not self._corrects:
            return Correction()
        item = really or items[work.start or ""]
        file = self._media.path(item.digest, item.suffix)
        held = held_by(self._gates, self._clip(take), take.clip, item.identity, file)
        began = really.tones if really else tones_sent(before.tones, before.pins[OUT])
        return tones_since(began, held)

    def _landed(self, work: Work, take: Take, items: Mapping[str, Item], last: int) -> Pin:
        """A bridge's end: it is never stepped, since the next clip begins there.

        Where it does not reach what it was to land on, a person takes it all the same or has
        another one made.
        """
        item = items[work.end or ""]
        sent = self._media.path(item.digest, item.suffix)
        held = held_by(self._gates, self._clip(take), take.clip, item.identity, sent, frame=last)
        spot = spot_of(take, OUT, (last, last))
        missed = misses(held)
        said = f"it does not reach what it was to land on, {held.psnr:.0f} dB" if missed else ""
        if not self._looks_only:
            self._landings.keep(take.clip, Landing(still=item.digest, said=said))
        decision = self._gates.decision(spot)
        approved = decision is not None and decision.action is Action.APPROVE
        return Pin(
            frame=last,
            pinned=last,
            settled=approved or not missed,
            verdict=Verdict.PERSON if missed else Verdict.PASS,
            said=said,
            by="person" if approved else "measures",
        )

    def _clip(self, take: Take) -> Path:
        return self._media.path(take.clip, take.suffix)


def _corrected(pin: Pin) -> str:
    """Says of a pin that its tones are taken back; empty where they are not."""
    if pin.correction.identity:
        return ""
    most = ", as far as the limit allows" if pin.correction.limited else ""
    return f"tones taken back by {off(pin.correction):.1%} towards its hero{most}"
