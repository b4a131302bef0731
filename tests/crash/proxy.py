# SPDX-License-Identifier: MIT
"""A connection that breaks: a TCP proxy before a server, which counts the messages of both sides and
ends the connection, with a reset, at one of them."""
import selectors
import socket
import struct
import threading

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close() sends RST, and drops what is not sent yet
SIDES = ("client", "server")

# Where a message is cut: it is lost, it is torn, or it arrives and nothing after it does.
BEFORE, HALF, AFTER = "before", "half", "after"


def postgres_length(data, first):
    """Bytes of the message that `data` begins with. A client's first one has no type."""
    start = 0 if first else 1
    if len(data) < start + 4:
        return None
    return start + struct.unpack_from("!I", data, start)[0]


def mysql_length(data, _first):
    return 4 + int.from_bytes(data[:3], "little") if len(data) >= 4 else None


LENGTHS = {"postgres": postgres_length, "mariadb": mysql_length}


class Cut:
    """The `number`-th message of `side`, counted over all connections from 1."""

    def __init__(self, side, number, how):
        self.side = side
        self.number = number
        self.how = how

    def __str__(self):
        return f"{self.how} message {self.number} of the {self.side}"


class Link:
    """One connection through the proxy, in a thread of its own."""

    def __init__(self, proxy, client, server):
        self.proxy = proxy
        self.sockets = dict(zip(SIDES, (client, server)))
        self.received = {side: b"" for side in SIDES}
        self.first = {"client": True, "server": False}

    def other(self, side):
        return self.sockets[SIDES[1 - SIDES.index(side)]]

    def end(self, how):
        """What has arrived is to be read on the server's side; all else is reset."""
        if how is not None:
            self.sockets["client"].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            if how != AFTER:
                self.sockets["server"].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        for one in self.sockets.values():
            one.close()

    def pass_on(self, side):
        """Whole messages go on to the other side. What ends the connection, if anything does."""
        data = self.received[side]
        at = 0
        while True:
            length = self.proxy.length(data[at:], self.first[side])
            if length is None or len(data) < at + length:
                break
            self.first[side] = False
            cut = self.proxy.count(side, data[at:at + length])
            if cut is not None:
                upto = {BEFORE: at, HALF: at + length // 2, AFTER: at + length}[cut.how]
                self.other(side).sendall(data[:upto])
                return cut.how
            at += length
        self.other(side).sendall(data[:at])
        self.received[side] = data[at:]
        return None

    def turn(self, side):
        """False when the connection is over."""
        data = self.sockets[side].recv(1 << 16)
        if not data:
            self.end(None)
            return False
        self.received[side] += data
        how = self.pass_on(side)
        if how is not None:
            self.end(how)
        return how is None

    def run(self):
        try:
            with selectors.DefaultSelector() as selector:
                for side in SIDES:
                    selector.register(self.sockets[side], selectors.EVENT_READ, side)
                while all(self.turn(key.data) for key, _ in selector.select()):
                    pass
        except OSError:
            self.end(None)


class Proxy:
    """Before the server at `port` of this machine, which speaks the protocol of `kind`."""

    def __init__(self, kind, port):
        self.length = LENGTHS[kind]
        self.server = ("127.0.0.1", port)
        self.lock = threading.Lock()
        self.arm(None)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def arm(self, cut):
        """Counts anew, and which of the client's messages commit; `cut` is made once."""
        with self.lock:
            self.counts = {side: 0 for side in SIDES}
            self.commits = []
            self.cut = cut
            self.made = False

    def count(self, side, message):
        """One more message of this side: the cut to make at it, or None."""
        with self.lock:
            self.counts[side] += 1
            if side == "client" and b"COMMIT" in message:
                self.commits.append(self.counts[side])
            cut = self.cut
            if cut is None or self.made or (cut.side, cut.number) != (side, self.counts[side]):
                return None
            self.made = True
            return cut

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self.server)
            except OSError:
                client.close()
                continue
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=Link(self, client, server).run, daemon=True).start()

    def close(self):
        self.listener.close()
