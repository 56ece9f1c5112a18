"""A class on this machine: a hub, and readers who come to it as with a browser."""
