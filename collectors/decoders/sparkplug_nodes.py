"""What is remembered of Sparkplug edge nodes: their births, their sequence, whether either is in doubt."""

from collections import OrderedDict

import msgspec

from collectors.decoders.sparkplug_metrics import Target

FIRST_PAUSE_MS = 30_000
"""How long a birth is waited for before it is asked for again."""
LONGEST_PAUSE_MS = 15 * 60_000
"""The pause doubles up to this while births settle nothing: a node may answer and still use other aliases."""

MOST_METRICS = 500_000
"""Names and aliases remembered of all nodes together, about 100 bytes each; the node silent longest is
forgotten first, and asked for its births when it speaks again."""


class Known(msgspec.Struct, frozen=True):
    """What a birth told of a metric; no target: nobody maps it, which was rejected then."""

    target: Target | None
    datatype: int


class Born(msgspec.Struct):
    """The metrics of one birth, and its timestamp [epoch ms]."""

    at_ms: int
    by_alias: dict[int, Known] = {}
    by_name: dict[str, Known] = {}

    def __len__(self) -> int:
        return 1 + len(self.by_alias) + len(self.by_name)


class Node(msgspec.Struct):
    """An edge node and its devices; its own birth is under "".

    `seq` and `at_ms` are those of its last message in order. `lost`: births or messages may have been missed.
    """

    births: dict[str, Born] = {}
    session: int | None = None
    seq: int | None = None
    at_ms: int = 0
    lost: bool = True
    asked_ms: int = 0
    pause_ms: int = 0

    def begin(self, session: int | None, seq: int, at_ms: int) -> None:
        """Start anew with the node's own birth."""
        self.session, self.seq, self.at_ms, self.lost = session, seq, at_ms, False

    def follow(self, seq: int, at_ms: int) -> None:
        """Check a message's place in the sequence (0 to 255, clause 6.4.5); a gap leaves the node lost.

        A number that does not follow but is no newer than what came is a message delivered or replayed again.
        """
        if self.seq is None or seq == (self.seq + 1) % 256:
            self.seq, self.at_ms = seq, at_ms
        elif seq != self.seq and (at_ms > self.at_ms or not at_ms):
            self.seq, self.at_ms, self.lost = seq, at_ms, True

    def supersedes(self, born: Born, device: str) -> bool:
        """Whether a birth is to be remembered: one no newer than the last is delivered again, or replayed.

        A lost node takes an older one too, for the device's clock may have stepped back.
        """
        before = self.births.get(device)
        if before is None or not born.at_ms:
            return True
        return born.at_ms > before.at_ms or (self.lost and born.at_ms < before.at_ms)

    def must_ask(self, now_ms: int) -> bool:
        """Whether to ask for the births now; then the next time is further away."""
        waited = abs(now_ms - self.asked_ms)
        if not self.lost or waited < self.pause_ms:
            return False
        calm = waited >= LONGEST_PAUSE_MS or not self.pause_ms
        self.pause_ms = FIRST_PAUSE_MS if calm else min(2 * self.pause_ms, LONGEST_PAUSE_MS)
        self.asked_ms = now_ms
        return True


class Nodes:
    """The nodes by group and name, bounded by the metrics they have in all."""

    def __init__(self, most_metrics: int = MOST_METRICS) -> None:
        self._most = most_metrics
        self._metrics = 0
        self._nodes: OrderedDict[tuple[str, str], Node] = OrderedDict()

    def get(self, key: tuple[str, str]) -> Node:
        """The node, a new one if it is not remembered."""
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = Node()
            self._metrics += 1
            self._forget()
        else:
            self._nodes.move_to_end(key)
        return node

    def copy(self, key: tuple[str, str]) -> "Nodes":
        """One node alone, if it is remembered; what is done to the copy does not touch this."""
        copy = Nodes(self._most)
        if (node := self._nodes.get(key)) is not None:
            copy._nodes[key] = msgspec.structs.replace(node, births=dict(node.births))
        return copy

    def remember(self, node: Node, device: str, born: Born) -> None:
        """Keep a birth in place of the one before."""
        self.drop(node, device)
        node.births[device] = born
        self._metrics += len(born)
        self._forget()

    def drop(self, node: Node, device: str) -> None:
        """Forget what was born as `device`."""
        before = node.births.pop(device, None)
        self._metrics -= len(before) if before is not None else 0

    def drop_all(self, node: Node) -> None:
        """Forget all that was born of a node."""
        for device in tuple(node.births):
            self.drop(node, device)

    def _forget(self) -> None:
        while self._metrics > self._most:
            key, node = next(iter(self._nodes.items()))
            if len(self._nodes) > 1:
                del self._nodes[key]
                self._metrics -= 1 + sum(map(len, node.births.values()))
            elif node.births:
                self.drop(node, next(iter(node.births)))
            else:
                return
