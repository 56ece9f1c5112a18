"""What stops a handout."""


class HandoutError(Exception):
    """A notebook cannot become a handout. The message names the notebook and, where there is one, the cell."""
