"""The account that this process runs under, and what its environment says about it.

The user id and the password database decide. Variables such as `$LOGNAME` can be set by anyone:
where they differ they are recorded alongside, as a claim. A user id without an entry in the
password database, as in many containers, is an account without a name.
"""

import os
import pwd
import socket

from vmss_tui import text

_CLAIMING_VARIABLES = ("LOGNAME", "USER", "SUDO_USER")
"""`SUDO_USER` is the account that called sudo, where it was not changed since."""


def account_name() -> str:
    """The name of the account; empty where the password database has none for its user id."""
    try:
        return text.cell(pwd.getpwuid(os.getuid()).pw_name, 64)
    except KeyError:
        return ""


def account_label() -> str:
    """The name of the account, or `uid N` for one without a name."""
    return account_name() or f"uid {os.getuid()}"


def account_claims() -> dict[str, str]:
    """Variables that name another account than this one, with their values."""
    name = account_name()
    values = {
        variable: text.cell(os.environ.get(variable, "").strip(), 64)
        for variable in _CLAIMING_VARIABLES
    }
    return {variable: value for variable, value in values.items() if value and value != name}


def current_operator() -> str:
    """`anna@host (uid 1000)`, with the differing variables: `(uid 1000; claims LOGNAME=root)`."""
    name = account_name()
    facts = f"uid {os.getuid()}" if name else "no account"
    claims = ", ".join(f"{variable}={value}" for variable, value in account_claims().items())
    notes = f"{facts}; claims {claims}" if claims else facts
    return f"{account_label()}@{socket.gethostname()} ({notes})"
