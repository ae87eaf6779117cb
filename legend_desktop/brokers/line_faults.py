"""Why no line to a broker came about, in a plain sentence with the one thing to do."""

import socket
import ssl

_ADVICE = {
    "tls_certificate": "Somebody may be reading along: check the network and the computer's clock before you go on.",
    "tls": "Check the address, and whether something in the network opens encrypted lines.",
    "dns": "Check the network.",
    "refused": "Check that it runs and that the address is right.",
    "unreachable": "Check the network.",
    "timeout": "Check the network, or wait a moment.",
    "pool": "Wait a moment.",
    "server": "Wait a moment; the broker's status page tells more.",
}


def why_no_line(error: BaseException, name: str, host: str) -> tuple[str, str]:
    """Code and sentence for a connection to ``host`` that ended in ``error``, which is searched with its causes."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "tls_certificate", f"The certificate of {host} is not trusted: {cause.verify_message}."
        if isinstance(cause, ssl.SSLError):
            return "tls", f"No encrypted line to {host} could be made."
        if isinstance(cause, socket.gaierror):
            return "dns", f"The name {host} is not found."
        if isinstance(cause, ConnectionRefusedError):
            return "refused", f"{name} does not take connections at {host}."
        cause = cause.__cause__ or cause.__context__
    return "unreachable", f"{name} cannot be reached."


def advice_for_line(code: str) -> str:
    """What to do about a fault of the line; empty where nothing is known to help."""
    return _ADVICE.get(code, "")
