"""The limit where there is no C compiler: as limit.c does it, in as little Python as that takes. Prints its port."""

import selectors
import socket


def main() -> None:
    """Serve until it is ended."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
    selector = selectors.DefaultSelector()
    selector.register(listening, selectors.EVENT_READ)
    everybody: dict[int, socket.socket] = {}
    print(listening.getsockname()[1], flush=True)
    while True:
        for key, _ in selector.select():
            one = key.fileobj
            assert isinstance(one, socket.socket)
            if one is listening:
                newcomer, _ = listening.accept()
                newcomer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(newcomer, selectors.EVENT_READ)
                continue
            try:
                data = one.recv(65536)
            except ConnectionResetError:
                return  # all go at once, at the end
            if one.fileno() in everybody:
                frame = bytes((data[0], data[1] & 0x7F)) + data[2:4] + data[8:]  # as messages are of 400 bytes
                for each in everybody.values():
                    each.send(frame)
            else:
                everybody[one.fileno()] = one
                one.send(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")


if __name__ == "__main__":
    main()
