"""The rules of the card: no I/O, no clock, no framework. Time is always an argument."""
