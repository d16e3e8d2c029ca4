"""Edit pictures with words through the Pixazo gateway."""

__version__ = "0.1.0"
