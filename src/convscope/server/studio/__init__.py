"""The studio: build, train, watch, look inside and compare, in the browser, on one's own machine.

Here are the application, its access, the workspace, jobs, the worker and the stream of events;
what a route computes belongs to the packages below. This process imports no torch: long work is
a verb of the command line in a child process (`jobs`), short computations run in one warm child
process (`worker`). docs/decisions/0017-the-studio.md is the map.
"""
