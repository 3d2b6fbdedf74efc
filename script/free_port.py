"""Say in one sentence why a server cannot listen at HOST and PORT, if it cannot."""

import socket
import sys

host, port = sys.argv[1].strip("[]"), sys.argv[2]
if not port.isdecimal() or not 0 < int(port) < 65536:
    sys.exit(f"PORT is {port!r} but must be a number from 1 to 65535.")
try:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, int(port), type=socket.SOCK_STREAM
    )[0]
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
except OSError as error:
    reason = error.strerror.lower()
    sys.exit(f"{host} port {port} cannot be used ({reason}): set PORT or HOST.")
