"""The stream of events: one for each tab, fed by routes, jobs and the watcher of run folders.

A new kind of event: `studio.hub.publish("name", {...})` from any thread, and a line in
`hub.Kind`. A new thing to watch on disk: a source in `watcher.SOURCES`.
"""
