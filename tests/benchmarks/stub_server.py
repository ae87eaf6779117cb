"""A broker's end of the line: reads whole requests and answers each with the monotonic instant of its last byte.

``python -m tests.benchmarks.stub_server`` prints its port and serves one connection until it is closed.
"""

import socket
import time


def serve() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        connection, _ = server.accept()
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            waiting = b""
            while data := connection.recv(65536):
                now = time.monotonic_ns()
                waiting += data
                while (size := _whole(waiting)) is not None:
                    waiting = waiting[size:]
                    connection.sendall(f"{now}\n".encode())


def _whole(data: bytes) -> int | None:
    """The length of the first request in ``data``, ``None`` while it is not all there."""
    head, gap, body = data.partition(b"\r\n\r\n")
    if not gap:
        return None
    length = int(head.rpartition(b"Content-Length: ")[2].split(b"\r\n")[0])
    return len(head) + len(gap) + length if len(body) >= length else None


if __name__ == "__main__":
    serve()
