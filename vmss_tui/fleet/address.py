"""Where an instance can be reached."""

import msgspec


class Address(msgspec.Struct, frozen=True, gc=False):
    """One configuration of a network card."""

    card: str
    private: str = ""
    """Empty where it has none yet."""
    public: str = ""
    """Its own public address; that of a load balancer before it is none of these."""
    subnet: str = ""
    """`vnet0/web`."""
    remark: str = ""
    """Why a public address that is there could not be read."""
