"""Message → points and rejects: the decoder of its topic, then screening. No message makes it fail."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from collectors.decoders import Decoder, Reject, Reply, Report, Unreadable
from collectors.decoders.acrel_adw import AcrelAdwDecoder
from collectors.decoders.acrel_gateway import AcrelGatewayDecoder
from collectors.decoders.canonical import CanonicalDecoder
from collectors.decoders.jt808 import Jt808Decoder
from collectors.decoders.profile import load_profiles
from collectors.decoders.sparkplug import SparkplugDecoder
from collectors.decoders.sparkplug_metrics import load_metrics
from collectors.decoders.transparent import load_frame_decoders
from collectors.filters import distinct
from collectors.screening import screen
from collectors.topics import TopicTree
from services.memo import Memo
from services.timeseries.schema import DEVICE_STATUS
from services.timeseries.store import Point

_AGELESS = "retained-without-time: a value kept by the broker says nothing about when it held"


class Understood(msgspec.Struct, frozen=True, gc=False):
    """What one message came to: `items` are the places in an array that `points` stem from, one for one.

    `replies` are what its device expects to hear once the points are stored.
    """

    decoder: str
    points: list[Point]
    items: list[int | None]
    rejects: list[Reject]
    replies: Sequence[Reply] = ()


Device = tuple[str, str]


def all_decoders(profile_dir: Path | None = None) -> tuple[Decoder, ...]:
    """The built-in families and the profiles, those of `profile_dir` first. Raises `ProfileError`."""
    families = CanonicalDecoder(), AcrelAdwDecoder(), AcrelGatewayDecoder(), Jt808Decoder()
    sparkplug = SparkplugDecoder(load_metrics(profile_dir))
    return *families, sparkplug, *load_frame_decoders(profile_dir), *load_profiles(profile_dir)


class Router:
    """Finds the decoder of a topic and screens what it says.

    Times without offset are those of the device's zone in `zones`, or else of `zone`.
    """

    def __init__(
        self, decoders: Sequence[Decoder], zone: ZoneInfo, *, zones: Mapping[Device, ZoneInfo] | None = None
    ) -> None:
        self._decoders = decoders
        self._zone = zone
        self._zones = {} if zones is None else zones
        filters = [(pattern, decoder) for decoder in decoders for pattern in decoder.filters]
        self._tree = TopicTree(pattern for pattern, _ in filters)
        self._of_filter = [decoder for _, decoder in filters]
        self._decoder_of = Memo(self._find)

    def filters(self, group: str | None = None) -> tuple[str, ...]:
        """The topic filters of all decoders, none within another; stateless ones shared in `group`."""
        return distinct(
            pattern if group is None or decoder.stateful else f"$share/{group}/{pattern}"
            for decoder in self._decoders
            for pattern in decoder.filters
        )

    def replaying(self) -> "Router":
        """One for dead letters: decoders that remember are asked by it, and learn nothing from it."""
        decoders = [
            decoder.replaying() if isinstance(decoder, SparkplugDecoder) else decoder
            for decoder in self._decoders
        ]
        return Router(decoders, self._zone, zones=self._zones)

    def understand(self, topic: str, payload: bytes, received_ms: int, retained: bool = False) -> Understood:
        """Decode and screen. A decoder that fails loses what it had not yet said to the dead letter.

        What a `retained` message says without a time is refused: it is of any age. Only a status holds.
        """
        decoder = self._decoder_of[topic]
        if decoder is None:
            return Understood("", [], [], [Reject("unknown-topic: no decoder listens to it")])
        points: list[Point] = []
        items: list[int | None] = []
        rejects: list[Reject] = []
        replies: list[Reply] = []
        try:
            for said in decoder.decode(topic, payload):
                if type(said) is Report:
                    if retained and said.time is None and said.measurement is not DEVICE_STATUS:
                        rejects.append(Reject(_AGELESS, said.item))
                        continue
                    zone = self._zone
                    if type(said.time) is str:
                        zone = self._zones.get(said.device, zone)
                    point = screen(said, received_ms, zone, rejects)
                    if point is not None:
                        points.append(point)
                        items.append(said.item)
                elif type(said) is Reject:
                    rejects.append(said)
                else:
                    replies.append(said)  # type: ignore[arg-type]
        except Unreadable as error:
            rejects.append(Reject(str(error)))
        except Exception as error:  # noqa: BLE001  a decoder's fault is the message's fate, never the collector's
            rejects.append(Reject(f"decoder-failed: {type(error).__name__}: {str(error)[:200]}"))
        return Understood(decoder.name, points, items, rejects, replies)

    def _find(self, topic: str) -> Decoder | None:
        number = self._tree.find(topic)
        return None if number is None else self._of_filter[number]
