"""Screenshots of every page and picture, to be looked at one by one: `make shots`."""
