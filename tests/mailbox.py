"""A mail server for Django's SMTP backend to reach: the world outside, as far as mails go."""

from aiosmtpd.controller import Controller

from tests.ports import free_port


class Mailbox:
    """What the server has taken. `refusals`: how many mails it refuses first."""

    def __init__(self):
        self.mails, self.refusals = [], 0
        self.port = free_port()
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
