"""Addresses of mail as they can stand in a header. Pure; needs the standard library alone, as `mail_headers` does."""

import re

_ATOM_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ADDRESS = re.compile(
    r"(?P<local>[^\s@<>,;:\"()\[\]\\\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]{1,64})"
    r"@(?P<domain>[^\s@<>,;:\"()\[\]\\\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]{1,255}"
    r"|\[[0-9A-Fa-f.:]{2,45}\])"
)


class AddressError(ValueError):
    """Code and values of the reason why an address is refused; this module imports the standard library only."""

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def check(address: str) -> str:
    """
    Raises:
        AddressError: *address* is none that can stand in a header as it is.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None or "=?" in address:
        raise AddressError("invalid.mail_address")
    if found["local"].isascii() and not _ATOM_LOCAL.fullmatch(found["local"]):
        raise AddressError("invalid.mail_dots")
    ascii_domain(address)
    return address


def ascii_domain(address: str) -> str:
    """
    Return *address* with its domain as mail servers know it: an international one in its ASCII form (RFC 3490).

    Raises:
        AddressError: the domain has no such form.
    """
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise AddressError("invalid.mail_domain", domain=domain) from None
