"""What rooms above this one have a worker do beside answering."""

from django.dispatch import Signal

# Sent every 15 seconds by one of the workers (recovery.py). An error of a receiver is logged.
maintained = Signal()
