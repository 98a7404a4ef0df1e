"""The entries of a large state, each understood when it is asked for: most commands look at few of them."""

from collections.abc import Callable, Iterator, Mapping

from reconciler.model import Address
from reconciler.state.model import Entry


class LazyEntries(Mapping[Address, Entry]):
    """Entries by their addresses, of which there are texts; asking for one raises what the readers raise."""

    def __init__(
        self,
        texts: Mapping[str, str],
        address: Callable[[str], Address],
        entry: Callable[[str], Entry],
    ) -> None:
        self._texts = texts
        self._read_address = address
        self._read_entry = entry
        self._addresses: list[Address] | None = None
        self._entries: dict[str, Entry] = {}

    def __getitem__(self, address: Address) -> Entry:
        text = str(address)
        entry = self._entries.get(text)
        if entry is None:
            entry = self._entries[text] = self._read_entry(self._texts[text])
        return entry

    def __contains__(self, address: object) -> bool:
        return str(address) in self._texts

    def __iter__(self) -> Iterator[Address]:
        if self._addresses is None:
            self._addresses = list(map(self._read_address, self._texts))
        return iter(self._addresses)

    def __len__(self) -> int:
        return len(self._texts)
