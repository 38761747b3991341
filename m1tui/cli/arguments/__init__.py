"""The arguments of each command, in a module of the command's word: `add(parser)`.

A module is imported when its command is named, so that no command waits for another's.
"""
