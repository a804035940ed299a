"""An address of mail as a field of what people send. Pure."""

from typing import Annotated

from pydantic import AfterValidator

from shared.model import mail_addresses, reasons

MOST = 100
"""Recipients of one mail."""


def _checked(address: str) -> str:
    try:
        return mail_addresses.check(address)
    except mail_addresses.AddressError as error:
        raise ValueError(reasons.of(error.code, **error.values)) from None


MailAddress = Annotated[str, AfterValidator(_checked)]
