"""Files of dumps in every form that owners have them: what wraps them is opened in memory.

`reader` reads any bytes; `registry` has the table of forms, and each form is a module of its own.
"""
