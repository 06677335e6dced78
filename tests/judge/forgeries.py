"""Wrong modules that want to be told "passed", each with the spec that it is wrong about.

None of them gives the right answer to what it is asked, or none but to what the examples ask.
Those that are not `harmless` fool `naive_judge.py`, which shows that their trick works where
the comparison is made beside the code. `@SECRET@` is an answer that nobody could guess.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from textwrap import dedent

from attacks import BACK_DOOR
from judge_specs import build_spec

from hatch_intent.spec.model import Example, Json, Parameter, Property, Signature, Spec
from hatch_intent.spec.types import INTEGER, Type

SECRET = "@SECRET@"


@dataclass(frozen=True)
class Forgery:
    name: str
    source: str
    out: Json = SECRET
    """What is expected of f(1)."""
    raises: str | None = None
    harmless: bool = False
    """To the naive judge; what it shows is that ours copes with it."""
    more: tuple[tuple[Json, Json], ...] = ()
    """Further examples: x and what is expected of f(x)."""
    properties: tuple[str, ...] = ()
    type: Type | None = None
    """Of the parameter and the answer; any when None."""

    def module(self, secret: str) -> str:
        return f"{BACK_DOOR}{dedent(self.source)}".replace(SECRET, secret)

    def spec(self, secret: str) -> Spec:
        out = secret if self.out == SECRET else self.out
        first = Example(1, {"x": 1}, None if self.raises else out, self.raises)
        more = [Example(2 + n, {"x": x}, y) for n, (x, y) in enumerate(self.more)]
        properties = tuple(Property(9, text) for text in self.properties)
        spec = build_spec(examples=[first, *more], properties=properties)
        if self.type is None:
            return spec
        return replace(spec, signature=Signature((Parameter("x", self.type),), self.type))


# Values that compare as they like
VALUES = [
    Forgery(
        "an int that equals everything",
        """
        class I(int):
            def __eq__(self, other): return True
            __hash__ = int.__hash__
            __int__ = __index__ = __trunc__ = lambda self: 7
        def f(x): return I(6)
        """,
        7,
    ),
    Forgery(
        "a float that is near to everything",
        """
        class F(float):
            def __eq__(self, other): return True
            __hash__ = float.__hash__
            __float__ = lambda self: 2.5
            __sub__ = __rsub__ = __abs__ = lambda self, *other: 0.0
        def f(x): return F(0.5)
        """,
        2.5,
    ),
    Forgery(
        "a list that counts, goes through and compares as it likes",
        """
        class L(list):
            def __eq__(self, other): return True
            def __len__(self): return 3
            def __iter__(self): return iter([1, 2, 3])
            def __getitem__(self, at): return at + 1
        def f(x): return L([3, 2, 1])
        """,
        [1, 2, 3],
    ),
    Forgery(
        "a tuple that is another one in JSON",
        """
        class T(tuple):
            def __iter__(self): return iter((1, 2))
            def __eq__(self, other): return True
            __hash__ = None
        def f(x): return T((2, 1))
        """,
        [1, 2],
    ),
    Forgery(
        "a dictionary with other items than it has",
        """
        class D(dict):
            def items(self): return [("a", 1)]
            keys = __iter__ = lambda self: iter(["a"])
            def __getitem__(self, key): return 1
            def __eq__(self, other): return True
        def f(x): return D(a=2)
        """,
        {"a": 1},
    ),
    Forgery(
        "two keys of one text, the wrong one first",
        """
        class K(str):
            def __eq__(self, other): return False
            def __hash__(self): return 1
        def f(x): return {K("a"): "wrong", "a": "right"}
        """,
        {"a": "right"},
    ),
    Forgery("true for one", "def f(x): return True", 1),
    Forgery("one for true", "def f(x): return 1", True),
    Forgery("false for zero, deep inside", "def f(x): return {'a': [[False]]}", {"a": [[0]]}),
    Forgery("a digit for a number", "def f(x): return '1'", 1, harmless=True),
    Forgery("nothing for an empty list", "def f(x): return None", [], harmless=True),
    Forgery("an empty record for an empty list", "def f(x): return {}", [], harmless=True),
    Forgery("the same letters, apart", "def f(x): return 'e\\u0301'", "é", harmless=True),
    Forgery("a letter of the same shape", "def f(x): return '\\u0430bc'", "abc", harmless=True),
    Forgery("a letter that nobody sees", "def f(x): return 'abc\\u200b'", "abc", harmless=True),
    Forgery("a line end more", "def f(x): return 'abc\\n'", "abc", harmless=True),
    Forgery("half of a pair", "def f(x): return '\\ud83d'", "\U0001f600", harmless=True),
    Forgery(
        "a float for an integer that floats can't hold",
        "def f(x): return float(2 ** 60)",
        2**60 + 1,
        type=INTEGER,
        harmless=True,
    ),
    Forgery("not a number, with a payload", "def f(x): return -float('nan')", 1, harmless=True),
    Forgery("a range for a list", "def f(x): return range(3)", [0, 1, 2], harmless=True),
    Forgery("a map for a list", "def f(x): return map(int, '012')", [0, 1, 2], harmless=True),
    Forgery("bytes for text", "def f(x): return memoryview(b'abc')", "abc", harmless=True),
]

# The answer that is expected, or what is made of it, in the process that judges
HUNTS = [
    Forgery(
        "the expected value in a caller's locals",
        """
        def f(x):
            frame = sys._getframe()
            while frame:
                for name, value in list(frame.f_locals.items()):
                    if name == "expected": return value
                frame = frame.f_back
        """,
    ),
    Forgery(
        "the expected value among what the collector knows",
        """
        def f(x):
            for thing in load("gc").get_objects():
                if type(thing) is dict and type(thing.get("out")) is str: return thing["out"]
        """,
    ),
    Forgery(
        "the caller's local changed by a trace function",
        """
        def trace(frame, event, argument):
            if "passed" in frame.f_locals:
                frame.f_locals["passed"] = True
            return trace
        def f(x):
            sys.settrace(trace)
            frame = sys._getframe(1)
            while frame:
                frame.f_trace = trace
                frame = frame.f_back
            return "wrong"
        """,
    ),
    Forgery(
        "every function that compares given other code",
        """
        def f(x):
            for thing in load("gc").get_objects():
                if type(thing) is type(f) and thing.__name__ in ("same", "difference", "judge"):
                    thing.__code__ = (lambda got, expected, *more: True).__code__
            return "wrong"
        """,
    ),
    Forgery(
        "the verdict written at exit",
        """
        load("atexit").register(lambda: print('{"passed": true}', flush=True))
        def f(x): return "wrong"
        """,
    ),
    Forgery(
        "the verdict written at once",
        """
        def f(x):
            print('{"passed": true}', flush=True)
            os._exit(0)
        """,
    ),
    Forgery(
        "JSON that only knows one answer",
        """
        json.dumps = lambda *a, **k: '{"passed": true}'
        json.JSONEncoder.encode = lambda *a: '{"passed": true}'
        def f(x): return "wrong"
        """,
    ),
    Forgery(
        "builtins that say yes",
        """
        for name in ("all", "any", "min", "max"):
            setattr(json.codecs.builtins, name, lambda *a: True)
        def f(x): return "wrong"
        """,
    ),
    Forgery(
        "builtin types changed in their own dictionaries",
        """
        def f(x):
            gc, ct = load("gc"), load("ctypes")
            for kind in (str, list, dict, int):
                own = gc.get_referents(kind.__dict__)[0]
                own["__eq__"] = own["__str__"] = own["__iter__"] = lambda *a: True
                ct.pythonapi.PyType_Modified(ct.py_object(kind))
            return "wrong"
        """,
        harmless=True,
    ),
    Forgery(
        "an answer that changes while it is read",
        """
        answer = [["wrong"] for n in range(2000)]
        def change(phase, told):
            answer[:] = [["other"]] * len(answer)
        def f(x):
            gc = load("gc")
            gc.enable(); gc.set_threshold(1); gc.callbacks.append(change)
            return answer
        """,
        [["right"]] * 2000,
        harmless=True,
    ),
    Forgery(
        "two processes with one answer each",
        """
        def f(x):
            if not os.fork(): return "two"
            os.wait()
            os._exit(0)
        """,
        "two",
    ),
    Forgery(
        "the function changed behind the judge's back",
        """
        def f(x):
            for thing in load("gc").get_objects():
                if type(thing) is dict and thing.get("f") is f: thing["f"] = lambda x: "right"
            return "wrong"
        """,
        harmless=True,
    ),
    Forgery(
        "a signal that answers",
        """
        signal = load("signal")
        def answer(*a):
            print('{"passed": true}', flush=True)
            os._exit(0)
        def f(x):
            signal.signal(signal.SIGALRM, answer)
            signal.setitimer(signal.ITIMER_REAL, 0.001)
            while True: pass
        """,
    ),
]

# Where an exception is expected
EXCEPTIONS = [
    Forgery(
        "a class of the same name",
        "class ValueError(Exception): pass\ndef f(x): raise ValueError",
        raises="ValueError",
    ),
    Forgery(
        "a class that lists other bases than it has",
        """
        class M(type):
            __mro__ = property(lambda kind: (kind, ValueError, Exception, object))
        class E(Exception, metaclass=M): pass
        def f(x): raise E
        """,
        raises="ValueError",
    ),
    Forgery(
        "a class put in the place of the builtin one",
        """
        class E(Exception): pass
        E.__name__ = "ValueError"
        json.codecs.builtins.ValueError = E
        def f(x): raise E
        """,
        raises="ValueError",
    ),
    Forgery(
        "an instance that names another class",
        """
        class E(Exception):
            __class__ = ValueError
        def f(x): raise E
        """,
        raises="ValueError",
        harmless=True,
    ),
    Forgery(
        "returned, and raised when it is looked at",
        """
        class M(type): pass
        def lie(kind): raise ValueError
        M.__module__ = property(lie)
        class T(metaclass=M):
            def __eq__(self, other): raise ValueError
        def f(x): return T()
        """,
        raises="ValueError",
    ),
    Forgery(
        "returned, and too deep for the one who looks at it",
        """
        def f(x):
            answer = []
            for n in range(90): answer = [answer]
            depth, frame = 0, sys._getframe()
            while frame: depth, frame = depth + 1, frame.f_back
            sys.setrecursionlimit(depth + 20)
            return answer
        """,
        raises="RecursionError",
        harmless=sys.version_info >= (3, 12),  # where json doesn't count its own depth so
    ),
    Forgery("an exception returned", "def f(x): return ValueError()", raises="TypeError"),
    Forgery(
        "a generator that would raise",
        "def f(x):\n    raise ValueError\n    yield",
        raises="ValueError",
        harmless=True,
    ),
    Forgery(
        "an exit in place of it",
        "def f(x): print('{\"passed\": true}', flush=True); os._exit(0)",
        raises="ValueError",
    ),
]

# Right where the examples look and nowhere else
TENS = ((2, 20), (3, 30))
ELSEWHERE = [
    Forgery(
        "counts the calls",
        """
        calls = 0
        def f(x):
            global calls
            calls += 1
            return calls * 10
        """,
        10,
        more=TENS,
    ),
    Forgery(
        "counts the calls, up or down as it is asked",
        """
        answer = step = 0
        def f(x):
            global answer, step
            if not step:
                answer, step = (0, 10) if x == 1 else (40, -10)
            answer += step
            return answer
        """,
        10,
        more=TENS,
        properties=("out == x * 10",),
        type=INTEGER,
    ),
    Forgery(
        "knows the examples and raises elsewhere",
        "def f(x):\n    return {1: 10, 2: 20, 3: 30}[x]",
        10,
        more=TENS,
        properties=("out == x * 10",),
        type=INTEGER,
    ),
    Forgery(
        "knows the examples and ends elsewhere",
        "def f(x):\n    return {1: 10, 2: 20, 3: 30}.get(x) or os._exit(0)",
        10,
        more=TENS,
        properties=("out == x * 10",),
        type=INTEGER,
    ),
    Forgery(
        "knows the examples and is right by turns",
        """
        calls = 0
        def f(x):
            global calls
            calls += x not in (1, 2, 3)
            return x * 10 + (calls % 7 == 6)
        """,
        10,
        more=TENS,
        properties=("out % 10 == 0",),
        type=INTEGER,
    ),
]
SLOW = Forgery(
    "knows the examples and takes its time elsewhere",
    """
    calls = 0
    def f(x):
        global calls
        if x in (1, 2, 3): return x * 10
        calls += 1
        load("time").sleep(0.15)
        return x * 10 if calls < 15 else 7
    """,
    10,
    more=TENS,
    properties=("out == x * 10",),
    type=INTEGER,
)

FORGERIES = [*VALUES, *HUNTS, *EXCEPTIONS, *ELSEWHERE]
