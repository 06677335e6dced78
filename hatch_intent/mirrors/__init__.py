"""Mirrors: trees in further languages that follow the modules of a target.

`ts` is TypeScript of the JavaScript modules, `lisp` Hy of the Python ones. A mirror is derived once
its module has passed, held to the same code and examples before it is written, and recorded in the
lock beside its module.
"""
