"""A throw-away certificate authority: every host that is asked for has a certificate of it."""

import ssl
import threading
from pathlib import Path

import trustme


class Authority:
    """Certificates for the life of one server.

    Args:
        pem: Where its own certificate is written, for `SSL_CERT_FILE`.

    """

    def __init__(self, pem: Path) -> None:
        self._authority = trustme.CA()
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        self.pem = pem
        self._authority.cert_pem.write_to_path(str(pem))

    def context(self, host: str) -> ssl.SSLContext:
        """The context of a server of that name or address."""
        with self._lock:
            if host not in self._contexts:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self._authority.issue_cert(host).configure_cert(context)
                self._contexts[host] = context
            return self._contexts[host]
