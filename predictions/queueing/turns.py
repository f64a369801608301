"""Whose turn it is: people who wait are served in turn, however many pictures one of them has.

RQ's queue is a list in the order of arrival. A job's id begins with its owner, so that a script in
Redis can choose from the list without asking about any job. Who was served last has the next turn
after everybody else.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from django.db.models import BooleanField, ExpressionWrapper, Q
from rq import Queue

NOBODY = 0  # whose turn it is for comparisons and shadows: no person has this id
OWNER = 8  # hexadecimal digits at the beginning of a job's id
# When each person was served last, as a growing count; forgotten once the queues are idle so long.
SERVED, SERVED_SECONDS = "classifier:served", 600

TAKE = """
local room = tonumber(ARGV[1])
local passed = {}
for at = 3, #ARGV do passed[ARGV[at]] = true end
local jobs, people = {}, {}
for place, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
    local owner = string.sub(id, 1, 8)
    if not passed[owner] then
        if not jobs[owner] then
            jobs[owner] = {}
            local served = tonumber(redis.call('HGET', KEYS[3], owner) or 0)
            people[#people + 1] = {owner = owner, served = served, place = place}
        end
        if #jobs[owner] < room then table.insert(jobs[owner], id) end
    end
end
table.sort(people, function(a, b)
    if a.served ~= b.served then return a.served < b.served end
    return a.place < b.place
end)
local taken = {}
for turn = 1, room do
    for _, person in ipairs(people) do
        local id = jobs[person.owner][turn]
        if id and #taken < room then
            taken[#taken + 1] = id
            redis.call('LREM', KEYS[1], 1, id)
            redis.call('RPUSH', KEYS[2], id)
            local count = redis.call('HINCRBY', KEYS[3], 'count', 1)
            redis.call('HSET', KEYS[3], person.owner, count)
        end
    end
    if #taken == room then break end
end
if #taken > 0 then redis.call('EXPIRE', KEYS[3], ARGV[2]) end
return taken
"""
WAITING = """
local waiting = 0
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
    if string.sub(id, 1, 8) == ARGV[1] then waiting = waiting + 1 end
end
return waiting
"""


def job_id_for(user_id: int) -> UUID:
    """A new id for a job that this person waits for."""
    return UUID(owner(user_id) + uuid4().hex[OWNER:])


def owner(user_id: int) -> str:
    """What the ids of a person's jobs begin with."""
    return f"{user_id % 16**OWNER:0{OWNER}x}"


def owner_of(job_id: str) -> str:
    return job_id[:OWNER]


def is_of_nobody(job_id: str) -> bool:
    """Whether it is the job of a comparison or a shadow."""
    return owner_of(job_id) == owner(NOBODY)


# The same of an inference, for the database: of all ids, those of nobody's jobs are the least.
ASKED_BY_NOBODY = ExpressionWrapper(
    Q(job_id__lt=UUID(owner(NOBODY + 1) + "0" * (32 - OWNER))), BooleanField()
)


def take(queue: Queue, room: int, passing: Iterable[str] = ()) -> list[str]:
    """Moves up to `room` jobs to RQ's intermediate queue, one of each person in turn.

    passing: owners whose jobs stay where they are.
    """
    keys = [queue.key, queue.intermediate_queue_key, SERVED]
    found = script(queue, TAKE)(keys, [room, SERVED_SECONDS, *passing])
    return [job_id.decode() for job_id in found]


def waiting_of(queue: Queue, user_id: int) -> int:
    """How many of this person's pictures wait in this queue."""
    return int(script(queue, WAITING)([queue.key], [owner(user_id)]))


def script(queue: Queue, text: str) -> Any:
    """Sent once to a Redis, which then knows it by its hash."""
    return queue.connection.register_script(text)
