"""A mail server for Django's SMTP backend to reach: the world outside, as far as mails go."""

import socket

from aiosmtpd.controller import Controller


class Mailbox:
    """What the server has taken. `refusals`: how many mails it refuses first."""

    def __init__(self):
        self.mails, self.refusals = [], 0
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.start()

    def start(self):
        self.server = Controller(self, hostname="127.0.0.1", port=self.port)
        self.server.start()

    def stop(self):
        self.server.stop(no_assert=True)

    async def handle_DATA(self, server, session, envelope):
        if self.refusals:
            self.refusals -= 1
            return "451 Come back later"
        self.mails.append(envelope)
        return "250 Taken"
