"""A client that closes its connection before the answer: the work for it ends."""

import asyncio

import pytest
import uvicorn
from uvicorn.server import ServerState

from convscope.server.bodies import SHARE, Budget, Share
from convscope.server.connections import Connections
from convscope.server.limits import Limits

REQUEST = b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nx"


class Transport(asyncio.Transport):
    def __init__(self):
        super().__init__()
        self.written = b""

    def is_closing(self):
        return False

    def get_extra_info(self, name, default=None):
        return None

    def write(self, data):
        self.written += data

    def close(self):
        return

    def pause_reading(self):
        return

    def resume_reading(self):
        return


def left(answers):
    """Whether the work was given up, for a client that leaves after or before its answer."""
    given_up = []

    async def application(scope, receive, send):
        share = scope[SHARE] = Share(Budget(100))
        share.give_up_by(lambda: given_up.append(share.left))
        await receive()
        if answers:
            headers = [(b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
        else:
            assert (await receive())["type"] == "http.disconnect"

    async def run():
        config = uvicorn.Config(application, lifespan="off", log_config=None)
        config.load()
        state = ServerState()
        loop = asyncio.get_running_loop()
        connection = Connections(Limits()).protocol(config, state, {}, loop)
        connection.connection_made(Transport())
        connection.data_received(REQUEST)
        for _ in range(5):
            await asyncio.sleep(0)
        connection.connection_lost(None)
        await asyncio.gather(*state.tasks)

    asyncio.run(run())
    return given_up


@pytest.mark.parametrize(("answers", "expected"), [(False, [True]), (True, [])])
def test_the_work_for_a_client_that_leaves_is_given_up(answers, expected):
    assert left(answers) == expected


def test_work_that_begins_after_the_client_has_left_is_given_up_at_once():
    share, calls = Share(Budget(100)), []
    share.leave()
    share.give_up_by(lambda: calls.append(1))
    assert calls == [1]
