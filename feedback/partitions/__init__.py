"""Feedback in one partition a month, for installations with very much of it (an opt-in command).

PostgreSQL wants the key by which rows are spread in each unique constraint. Spread by the time, a
table has neither a unique id nor foreign keys that point at it, and a look-up by id visits all
partitions. So the rows are spread by id, and each month's ids lie in a range of their own: they
begin with year and month. The ids remain unique, in the order of time, and what they were; Django's
model and the foreign keys of other tables are the same in both forms.
"""
