"""Honest code must not meet the sandbox: what it imports late is there beforehand."""

# ruff: noqa: E501 - a table: one module to a line
from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from judge_specs import MakeSpec

from hatch_intent.judge import Judge, protocol
from hatch_intent.judge.inside.preload import preload
from hatch_intent.judge.inside.worker import Pipe, rehearse
from hatch_intent.judge.static import PURE_MODULES
from hatch_intent.spec.model import Example

HONEST = {
    "base64": "base64.b64encode(b'a').decode()",
    "calendar": "calendar.month(2024, 2)",
    "codecs": "codecs.encode('abc', 'rot_13') + 'é'.encode('latin-1').decode('cp1252')",
    "collections": "str(collections.Counter('aab').most_common(1)) + str(collections.namedtuple('P', 'a b')(1, 2))",
    "copy": "str(copy.deepcopy({'a': [1]}))",
    "csv": "str(list(csv.reader(['a,b'])))",
    "dataclasses": "str(dataclasses.make_dataclass('P', ['a'])(1))",
    "datetime": "str(datetime.datetime.strptime('2024-02-29 10:00', '%Y-%m-%d %H:%M')) + datetime.date(2024, 2, 29).strftime('%A')",
    "decimal": "str(decimal.Decimal('1.10').quantize(decimal.Decimal('.1')))",
    "difflib": "str(difflib.get_close_matches('appel', ['ape', 'apple'])) + str(list(difflib.unified_diff(['a'], ['b'])))",
    "enum": "str(enum.Enum('E', 'A B').A)",
    "fnmatch": "str(fnmatch.fnmatch('a.py', '*.py'))",
    "fractions": "str(fractions.Fraction(3, 4) + fractions.Fraction('0.25')) + str(fractions.Fraction.from_float(0.5))",
    "functools": "str(functools.reduce(lambda a, b: a + b, [1, 2]))",
    "hashlib": "hashlib.sha256(b'a').hexdigest() + hashlib.md5(b'a').hexdigest() + hashlib.blake2b(b'').hexdigest() + hashlib.new('sha3_256', b'').hexdigest() + hashlib.pbkdf2_hmac('sha256', b'a', b'b', 1).hex()",
    "hmac": "hmac.new(b'k', b'm', 'sha256').hexdigest()",
    "html": "html.escape('<a>') + html.unescape('&eacute;')",
    "io": "io.StringIO('a\\nb').read() + io.BytesIO(b'c').read().decode()",
    "ipaddress": "str(ipaddress.ip_network('10.0.0.0/8').num_addresses) + str(ipaddress.ip_address('::1'))",
    "itertools": "str(list(itertools.permutations('ab')))",
    "json": "json.dumps(json.loads('[1.5, \"é\"]'), indent=2, sort_keys=True)",
    "locale": "locale.format_string('%d', 1000, grouping=True)",
    "pprint": "pprint.pformat({'a': list(range(40))})",
    "random": "str(random.Random(1).sample(range(100), 5)) + str(random.Random(1).gauss(0, 1))",
    "re": "re.sub(r'(?i)\\bA+', 'x', 'aa b') + str(re.fullmatch('[[:alpha:]]', 'a'))",
    "shlex": "str(shlex.split('a \"b c\"'))",
    "statistics": "str(statistics.mean([1, 2])) + str(statistics.NormalDist(0, 1).cdf(0)) + str(statistics.quantiles([1, 2, 3]))",
    "string": "string.Template('$a').substitute(a=1) + string.capwords('a b')",
    "struct": "struct.pack('<I', 7).hex()",
    "textwrap": "textwrap.fill('a b ' * 40) + textwrap.dedent('  a')",
    "time": "time.strftime('%Y', time.gmtime(0)) + str(time.strptime('1 Jan 24', '%d %b %y').tm_year)",
    "typing": "str(typing.get_type_hints(f))",
    "unicodedata": "unicodedata.normalize('NFKD', 'é') + '\\N{SNOWMAN}' + 'ü.de'.encode('idna').decode()",
    "urllib.parse": "urllib.parse.quote('a b/é') + str(urllib.parse.urlsplit('http://ü.de:80/a?b=c').port)",
    "uuid": "str(uuid.uuid5(uuid.NAMESPACE_DNS, 'a')) + str(uuid.uuid3(uuid.NAMESPACE_DNS, 'a'))",
    "warnings": "str(warnings.warn('careful'))",
    "xml.etree.ElementTree": "xml.etree.ElementTree.fromstring('<a b=\"1\">é</a>').get('b') + xml.etree.ElementTree.tostring(xml.etree.ElementTree.Element('c')).decode()",
    "zlib": "str(zlib.crc32(zlib.decompress(zlib.compress(b'a'))))",
}


@pytest.mark.parametrize("module", sorted(HONEST))
def test_late_imports_work_in_the_strict_sandbox(
    judge: Judge, make_spec: MakeSpec, module: str
) -> None:
    code = f"import {module}\ndef f(x):\n    return len({HONEST[module]}) > 0\n"
    verdict = judge.check(code, make_spec(examples=[Example(1, {"x": 1}, True)]))
    assert verdict.passed, verdict


def test_every_allowed_module_can_be_loaded() -> None:
    preload((name, []) for name in sorted(PURE_MODULES))


def test_a_missing_module_is_an_error_and_a_missing_attribute_is_not() -> None:
    preload([("math", []), ("math.floor", []), ("math.nothing", [])])
    with pytest.raises(ModuleNotFoundError):
        preload([("nothing_by_this_name", [])])


def test_required_packages_come_from_the_builder_s_path(
    make_spec: MakeSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "thirdparty").mkdir()
    (tmp_path / "thirdparty" / "__init__.py").write_text("from .deep import answer")
    (tmp_path / "thirdparty" / "deep.py").write_text("answer = 42")
    monkeypatch.syspath_prepend(tmp_path)
    code = "import thirdparty\ndef f(x):\n    return thirdparty.answer\n"
    examples = [Example(1, {"x": 1}, 42)]
    with Judge() as judge:
        assert judge.check(code, make_spec(examples=examples, requires=("thirdparty>=1",))).passed
        refused = judge.check(code, make_spec(examples=examples)).problem
        assert refused.startswith("line 1: imports thirdparty, which is not allowed")


def test_packages_of_what_a_module_uses_come_from_there_too(
    make_spec: MakeSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "thirdparty.py").write_text("answer = 42")
    monkeypatch.syspath_prepend(tmp_path)
    uses = {"below": "import thirdparty\ndef below(x):\n    return thirdparty.answer + x\n"}
    code = "from .below import below\ndef f(x):\n    return below(x)\n"
    spec = make_spec(examples=[Example(1, {"x": 1}, 43)], uses=("below",))
    with Judge() as judge:
        assert judge.check(code, spec, uses=uses).passed


def test_a_required_package_that_is_not_there(judge: Judge, make_spec: MakeSpec) -> None:
    code = "import nowhere_to_be_found\ndef f(x): ...\n"
    verdict = judge.check(code, make_spec(requires=("nowhere_to_be_found",)))
    assert verdict.problem == (
        "importing it raised ModuleNotFoundError: No module named 'nowhere_to_be_found'"
    )


def test_the_zygote_warms_up_between_requests(make_spec: MakeSpec) -> None:
    code = (
        "import json\ndef f(x):\n"
        "    return 'heapq' in json.codecs.builtins.__import__('sys').modules\n"
    )
    spec = make_spec(examples=[Example(1, {"x": 1}, True)])
    deadline = time.monotonic() + 10
    with Judge() as judge:
        while not judge.check(code, spec).passed:
            assert time.monotonic() < deadline, "it never loads what workers need"
            time.sleep(0.05)


def test_a_rehearsal_answers_like_a_worker_and_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kinds = []
    send = Pipe.send

    def told(pipe: Pipe, nonce: bytes, kind: int, value: object) -> None:
        kinds.append(kind)
        send(pipe, nonce, kind, value)

    preload(())
    before, path, free = set(sys.modules), list(sys.path), os.dup(0)
    os.close(free)
    monkeypatch.setattr(Pipe, "send", told)
    rehearse()
    assert len(kinds) > 1
    assert set(kinds) == {protocol.ANSWER}
    assert set(sys.modules) == before
    assert sys.path == path
    again = os.dup(0)
    os.close(again)
    assert again == free
