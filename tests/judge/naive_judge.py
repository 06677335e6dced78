"""A judge as one would write it first: beside the code that it judges, in one process.

`python naive_judge.py` takes a job from standard input and says on its last line whether the
module passed. `test_forgeries.py` shows with it that the forgeries are worth stopping.
"""

from __future__ import annotations

import json
import sys
import types
from typing import Any


def same(got: object, expected: object) -> bool:
    return got == expected or json.loads(json.dumps(got)) == expected


def call(function: types.FunctionType, args: dict[str, object], expected: object) -> bool:
    passed = same(function(**args), expected)
    return passed  # noqa: RET504 - as people write it, to look at it in a debugger


def raised(error: BaseException, expected: str) -> bool:
    names = [kind.__name__ for kind in type(error).__mro__]
    return expected in names


def judged(function: types.FunctionType, example: dict[str, Any]) -> bool:
    raises = example["raises"]
    try:
        return call(function, example["args"], example["out"]) and raises is None
    except Exception as error:  # noqa: BLE001 - whatever the module raises
        return isinstance(raises, str) and raised(error, raises)


def main() -> None:
    job = json.load(sys.stdin)
    module = types.ModuleType("generated")
    exec(job["source"], module.__dict__)
    passed = all(judged(module.f, example) for example in job["examples"])
    print(json.dumps({"passed": passed}))  # noqa: T201 - its answer


if __name__ == "__main__":
    main()
