"""A clip's displayed frames, counted from its packets, and the exact way to decode any of them.

Nothing here seeks: a seek lands where the container's author, its index and the demuxer agree that
it does, which near the end of a stream is often not where it should. Packets are read from the
start, which costs milliseconds, and decoding begins at the keyframe before the first wanted frame.
What the decoder returns is compared with what the packets promised.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from matchcut.errors import Code, MatchcutError

_CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,avi,flv,ivf"
"""What a clip may be packed in. Pictures and playlists are refused: a playlist named `.mp4` would
make the demuxer open whatever it names."""

_ONE_FRAME_A_PACKET = frozenset({"h264", "hevc", "av1", "vp9", "mjpeg", "prores", "ffv1", "dnxhd"})
"""Codecs whose containers hold one shown frame a packet; for others (VP8 has hidden ones) the
frames are counted by decoding."""

_SKIPPABLE = frozenset({"h264", "hevc"})
"""Codecs whose decoder passes over frames that no other frame needs."""

_HIDDEN_STREAMS = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """What a clip's packets say, in units of the stream's time base."""

    times: tuple[int, ...]
    """Presentation times of the displayed frames, ascending."""
    last_duration: int
    """How long the last frame is shown; 0 where the file says nothing."""
    keys: tuple[tuple[int, int], ...]
    """Position (in decode order) and presentation time of each keyframe."""
    time_base: Fraction
    rates: tuple[Fraction, ...]
    """Frame rates that the header claims, the most believable first."""
    codec: str
    """Canonical name of the codec, as in `h264`."""
    sample_aspect: Fraction
    """Width of a sample over its height; 0 where the file says nothing."""
    has_sound: bool

    def entry(self, time: int) -> int:
        """Position of the packet from which the frame at `time` can be decoded."""
        return max((position for position, key in self.keys if key <= time), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slot:
    """A packet's or a frame's place in time, in ticks of the stream."""

    time: int
    duration: int
    timed: bool = True
    key: bool = False
    dropped: bool = False

    @classmethod
    def of(cls, packet: "av.Packet[VideoStream]") -> "_Slot":
        return cls(
            time=packet.pts or 0,
            duration=packet.duration or 0,
            timed=packet.pts is not None,
            key=packet.is_keyframe,
            dropped=packet.is_discard,
        )


@contextmanager
def opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a clip and its picture stream; cover art and thumbnails are not taken for it.

    Args:
        path: A local file.

    Yields:
        The container and its first real video stream.

    Raises:
        MatchcutError: `CLIP_UNREADABLE` for what is missing or not a clip, or breaks while it is
            read; `CLIP_NO_FRAMES` for a file without a picture stream.

    """
    if not path.is_file():
        raise unreadable(path, "there is no such file", fix="Check the path.")
    options = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}
    try:
        if not path.stat().st_size:
            raise unreadable(path, "the file is empty")
        with av.open(f"file:{path}", options=options, metadata_errors="replace") as container:
            streams = (s for s in container.streams.video if not s.disposition & _HIDDEN_STREAMS)
            stream = next(streams, None)
            if stream is None:
                raise _no_frames(path, "there is no picture in it, only sound or cover art")
            if not hasattr(stream.codec_context, "codec"):
                raise unreadable(path, "its codec is not known here")
            yield container, stream
    except (av.FFmpegError, OSError) as error:
        raise unreadable(path, f"it is no clip, or broken ({error.strerror})") from error


def read_index(path: Path) -> Index:
    """Count a clip's displayed frames without decoding, where its packets tell.

    Frames that an edit list leaves out are not counted. Where packets do not tell (no timestamps,
    or a codec with hidden frames) everything is decoded once.

    Args:
        path: A local file.

    Returns:
        Its index, with at least one frame.

    Raises:
        MatchcutError: `CLIP_UNREADABLE` for what is no clip, is broken or ends early;
            `CLIP_NO_FRAMES` for a clip in which nothing is displayed.

    """
    with opened(path) as (container, stream):
        codec = stream.codec_context.codec.canonical_name
        if stream.metadata.get("alpha_mode") == "1":  # WebM: its decoder leaves the alpha out
            raise unreadable(
                path,
                "it has an alpha channel beside its picture, and what lies behind is unknown",
                fix="Lay it over the background that you mean, and export it without alpha.",
            )
        packets = list(map(_Slot.of, _packets(container, stream)))
        _refuse_cut_short(path, container, stream, len(packets))
        told = codec in _ONE_FRAME_A_PACKET and all(slot.timed for slot in packets)
        shown = [slot for slot in packets if not slot.dropped]
        if not told:
            shown = _slots_by_decoding(path)
        if not shown:
            raise _no_frames(path, "nothing in it is displayed")
        return Index(
            times=tuple(sorted(slot.time for slot in shown)),
            last_duration=max(shown, key=lambda slot: slot.time).duration,
            keys=tuple((at, slot.time) for at, slot in enumerate(packets) if told and slot.key),
            time_base=Fraction(stream.time_base or 1),
            rates=_claimed_rates(stream),
            codec=codec,
            sample_aspect=Fraction(stream.sample_aspect_ratio or 0),
            has_sound=bool(container.streams.audio),
        )


def pictures(path: Path, facts: Index, wanted: Sequence[int]) -> Iterator[av.VideoFrame]:
    """Decode frames, each checked against the time that the packets promised.

    Decoding starts at the keyframe before the first wanted frame and goes on to the last wanted
    one, to the end of the stream where need be. Where a frame is missing or comes damaged, as
    after a keyframe that is none, it starts again from the beginning.

    Args:
        path: A local file.
        facts: Its index.
        wanted: Presentation times out of `facts.times`, ascending.

    Yields:
        One decoded picture for each wanted time, in that order.

    Raises:
        MatchcutError: `CLIP_UNREADABLE` where a displayed frame cannot be decoded.

    """
    due = deque(wanted)
    for start in dict.fromkeys((facts.entry(wanted[0]), 0)) if wanted else ():
        for picture in _decoded(path, start, due[0]):
            if picture.pts is None or picture.pts < due[0]:
                continue
            if picture.pts > due[0] or picture.is_corrupt:
                break
            due.popleft()
            yield picture
            if not due:
                return
    if due:
        number = facts.times.index(due[0])
        raise unreadable(path, f"frame {number} of {len(facts.times)} cannot be decoded")


def unreadable(path: Path, message: str, fix: str = "") -> MatchcutError:
    """Say that a clip cannot be read, and what to do about it."""
    cure = fix or "Fetch or export the clip again; H.264 in mp4 is always read."
    return MatchcutError(Code.CLIP_UNREADABLE, message, where=path.name, fix=cure)


def _no_frames(path: Path, message: str) -> MatchcutError:
    cure = "Fetch or export the clip again, with its picture."
    return MatchcutError(Code.CLIP_NO_FRAMES, message, where=path.name, fix=cure)


def _packets(container: InputContainer, stream: VideoStream) -> "Iterator[av.Packet[VideoStream]]":
    """Packets with data, in decode order; the last one of a demuxer is an empty flush."""
    return (packet for packet in container.demux(stream) if packet.size)


def _decoded(path: Path, start: int, time: int) -> Iterator[av.VideoFrame]:
    """Decode from a packet position to the end of the stream, in display order."""
    with opened(path) as (container, stream):
        context = stream.codec_context
        context.thread_type = "AUTO"
        skippable = context.codec.canonical_name in _SKIPPABLE
        for position, packet in enumerate(_packets(container, stream)):
            if position < start:
                continue
            early = skippable and packet.pts is not None and packet.pts < time
            context.skip_frame = "NONREF" if early else "DEFAULT"
            yield from context.decode(packet)
        yield from context.decode(None)


def _slots_by_decoding(path: Path) -> list[_Slot]:
    """Every frame that the decoder shows."""
    with opened(path) as (container, stream):
        return [
            _Slot(time=picture.pts, duration=picture.duration or 0)
            for picture in container.decode(stream)
            if picture.pts is not None
        ]


def _refuse_cut_short(
    path: Path, container: InputContainer, stream: VideoStream, read: int
) -> None:
    """Compare what was read with what the container's own index promises."""
    if "mp4" in container.format.name and read < len(stream.index_entries):
        raise unreadable(
            path,
            f"the file ends early: {read} of {len(stream.index_entries)} frames are there",
            fix="Fetch the clip again; the transfer was cut short.",
        )


def _claimed_rates(stream: VideoStream) -> tuple[Fraction, ...]:
    claims = (stream.average_rate, stream.guessed_rate, stream.base_rate)
    return tuple(dict.fromkeys(Fraction(claim) for claim in claims if claim))
