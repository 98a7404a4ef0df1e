"""Things that wait for each other in circles, found all at once: those of one knot have none with another."""

from collections.abc import Hashable, Iterator, Mapping
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def knots(nodes: Mapping[Node, set[Node]]) -> Iterator[list[Node]]:
    """The nodes that can be reached from each other, together; none of those that are in no circle.

    `nodes` has for each those that must come before it, all of them nodes. By two walks, the second one
    backwards (Kosaraju), so that the time is that of the nodes and edges.
    """
    backwards: dict[Node, list[Node]] = {node: [] for node in nodes}
    for later, earlier in nodes.items():
        for node in earlier:
            backwards[node].append(later)
    seen = set[Node]()
    for root in reversed(_finished(nodes)):
        if root in seen:
            continue
        seen.add(root)
        knot = [root]
        for node in knot:  # which grows meanwhile
            new = [one for one in backwards[node] if one not in seen]
            seen.update(new)
            knot.extend(new)
        if len(knot) > 1:
            yield knot


def _finished(nodes: Mapping[Node, set[Node]]) -> list[Node]:
    """The nodes as a walk in depth leaves them; without recursion, as circles can be long."""
    seen, left = set[Node](), list[Node]()
    for root in nodes:
        if root in seen:
            continue
        seen.add(root)
        way = [(root, iter(nodes[root]))]
        while way:
            node, below = way[-1]
            new = next((one for one in below if one not in seen), None)
            if new is None:
                left.append(node)
                way.pop()
            else:
                seen.add(new)
                way.append((new, iter(nodes[new])))
    return left
