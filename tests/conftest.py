"""Signals as a reader's terminal gives them to what the tests start: in the background a shell has SIGINT ignored, and
everything started there inherits that."""

import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
