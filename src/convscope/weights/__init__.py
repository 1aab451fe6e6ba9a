"""Published weights, other libraries' layouts, and the limited process that reads pickles."""
