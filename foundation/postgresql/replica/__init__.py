"""A copy of the database that PostgreSQL keeps up to date, for reads that may be a moment old.

Whoever reads says so: `rows.using(reading.alias_for(request))`. Nothing else ever goes there: not
workers, not what signs people in or decides what they may do, nothing in a transaction.
"""

REPLICA = "replica"  # of settings.DATABASES, if there is one
