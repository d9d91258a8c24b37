"""Where a gate listens: on this machine alone, unless the site says otherwise in so many words."""

from __future__ import annotations

import ipaddress
import socket
from typing import NamedTuple


class Address(NamedTuple):
    """A numeric IP address, so that no name service can say later that it means another machine, and a port."""

    host: str
    port: int

    @property
    def family(self) -> socket.AddressFamily:
        """The socket family."""
        return socket.AF_INET6 if ":" in self.host else socket.AF_INET

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect."""
        return ipaddress.ip_address(self.host).is_loopback

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str, *, allow_remote: bool) -> Address:
    """``127.0.0.1:7531`` or ``[::1]:7531``; ``localhost`` means 127.0.0.1.

    Raises:
        ValueError: not such an address, or one that other machines reach and ``allow_remote`` is not set.
    """
    host, _, port = text.rpartition(":")
    host = "127.0.0.1" if host == "localhost" else host.removeprefix("[").removesuffix("]")
    if not (port.isascii() and port.isdigit() and int(port) <= 0xFFFF):
        raise ValueError(f"'{text}' is not address:port")
    try:
        address = Address(str(ipaddress.ip_address(host)), int(port))
    except ValueError as error:
        raise ValueError(f"'{host}' is not a numeric IP address") from error
    if not (address.is_loopback or allow_remote):
        raise ValueError(f"{address} can be reached from other machines; --allow-remote if that is meant")
    return address
