"""The wire: one port on loopback that is a proxy, every host behind it, and a plain web server.

A client that is told to use it as its proxy for https sends `CONNECT host:443`; the tunnel ends
right here, with a certificate for that host. A request without CONNECT is answered in plain http.
The protocol is written out by hand, because half of what this server is for is breaking it.
"""

import contextlib
import http.client
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from io import BufferedIOBase
from urllib.parse import parse_qs, urlsplit

from hostile.answers import Answer
from hostile.authority import Authority


class Call:
    """One request as it came in. The body stays on the wire until somebody asks for it."""

    def __init__(
        self, method: str, url: str, headers: http.client.HTTPMessage, incoming: BufferedIOBase
    ) -> None:
        parts = urlsplit(url)
        self.method = method
        self.url = url
        self.host = parts.netloc
        self.path = parts.path
        self.target = url.removeprefix(f"{parts.scheme}://{parts.netloc}")
        self.query: Mapping[str, list[str]] = parse_qs(parts.query, keep_blank_values=True)
        self.headers = headers
        self._incoming = incoming
        self._body: bytes | None = None

    def asked(self, name: str) -> str | None:
        """The first value of a parameter of the query."""
        return self.query.get(name, [None])[0]

    @property
    def body(self) -> bytes:
        """The body, read whole when it is first asked for."""
        if self._body is None:
            self._body = b"".join(self._read())
        return self._body

    @property
    def body_so_far(self) -> bytes | None:
        """The body where it was read."""
        return self._body

    def _read(self) -> list[bytes]:
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            length = int(self.headers.get("content-length", 0))
            return [self._exactly(length)]
        pieces = []
        while size := int(self._incoming.readline().split(b";")[0], 16):
            pieces.append(self._exactly(size))
            self._incoming.readline()
        self._incoming.readline()
        return pieces

    def _exactly(self, length: int) -> bytes:
        """So many bytes, or an error where the caller goes away before they are all there."""
        piece = self._incoming.read(length)
        if len(piece) < length:
            raise ConnectionAbortedError
        return piece


Responder = Callable[[Call], Answer]


class Listener(socketserver.ThreadingTCPServer):
    """The port, with a thread for each connection.

    Args:
        authority: Makes the certificates.
        respond: Answers every request.
        refuse: Told of a host that is to be connected to; what it returns is sent, and the
            connection closed. None lets it through.
        mistakes: Gets every error that is this server's own.

    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        authority: Authority,
        respond: Responder,
        refuse: Callable[[str], bytes | None],
        mistakes: list[Exception],
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.authority = authority
        self.respond = respond
        self.refuse = refuse
        self.mistakes = mistakes
        self.connections: set[_Connection] = set()
        self.lock = threading.Lock()
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.02,), name="hostile-listener", daemon=True
        )

    @property
    def port(self) -> int:
        """The port on loopback."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Take connections."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more, and break off those there are."""
        self.shutdown()
        self._thread.join()
        self.server_close()
        with self.lock:
            for connection in self.connections:
                connection.break_off()


class _Connection(socketserver.StreamRequestHandler):
    server: Listener
    connection: socket.socket
    disable_nagle_algorithm = True
    tunnel: str | None = None

    def setup(self) -> None:
        super().setup()
        with self.server.lock:
            self.server.connections.add(self)

    def break_off(self) -> None:
        # The plain socket's own method: that of a TLS socket would wait for the other side.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.connection, socket.SHUT_RDWR)

    def finish(self) -> None:
        with self.server.lock:
            self.server.connections.discard(self)
        self.rfile.close()
        self.connection.close()

    def handle(self) -> None:
        try:
            while self._exchange():
                pass
        except OSError:
            pass  # The client has gone, or this server has.
        except Exception as error:  # noqa: BLE001 - shown by the test that stops the server
            self.server.mistakes.append(error)

    def _exchange(self) -> bool:
        """Serve one request; False where no other can follow on this connection."""
        line = self.rfile.readline(65537).decode("latin-1").split()
        if len(line) != 3:
            return False
        method, target, _ = line
        headers = http.client.parse_headers(self.rfile)
        if method == "CONNECT":
            return self._open_tunnel(target.rpartition(":")[0])
        if target.startswith("/"):
            host = self.tunnel or headers.get("host", "")
            target = f"{'https' if self.tunnel else 'http'}://{host}{target}"
        call = Call(method, target, headers, self.rfile)
        answer = self.server.respond(call)
        if answer.status == 0:
            return False
        if not answer.reset:
            call.body  # noqa: B018 - what is left unread would be taken for the next request
        return self._send(answer, bodiless=method == "HEAD")

    def _open_tunnel(self, host: str) -> bool:
        refusal = self.server.refuse(host)
        if refusal is not None:
            self.connection.sendall(refusal)
            return False
        self.connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        context = self.server.authority.context(host)
        self.rfile.close()
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.tunnel = host
        return True

    def _send(self, answer: Answer, *, bodiless: bool) -> bool:
        headers = dict(answer.headers)
        if answer.chunks is not None:
            headers["transfer-encoding"] = "chunked"
        else:
            length = len(answer.body) if answer.length is None else answer.length
            headers["content-length"] = str(length)
        lines = [f"HTTP/1.1 {answer.status} {_reason(answer.status)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        if bodiless:
            self.connection.sendall(head)
            return True
        if answer.chunks is None:
            self.connection.sendall(head + answer.body)
        else:
            self.connection.sendall(head + _chunk(answer.body))
            for piece in answer.chunks:
                self.connection.sendall(_chunk(piece))
            self.connection.sendall(b"0\r\n\r\n")
        if answer.reset:
            # Closing with a linger of zero seconds sends a reset (socket(7), SO_LINGER).
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        return not answer.reset and answer.length is None


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""


def _reason(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
