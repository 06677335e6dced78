"""The filter's program, run by an interpreter of its own for every call on both machines."""

from __future__ import annotations

import errno
import re
import struct
import sys
from pathlib import Path

import pytest

from hatch_intent.judge.inside import seccomp, seccomp_node
from hatch_intent.judge.inside.seccomp import ARCHITECTURES, Architecture, instructions

ALLOW, KILL = 0x7FFF0000, 0x80000000
REFUSE, NOT_THERE = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
HEADERS = {
    "x86_64": ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"),
    "aarch64": ("/usr/include/asm-generic/unistd.h",),
}
machines = pytest.mark.parametrize("machine", sorted(ARCHITECTURES))


def decide(
    architecture: Architecture,
    audit: int,
    number: int,
    rules: tuple[seccomp.Rule, ...] = (),
    words: tuple[int, ...] = (0,) * 12,
) -> int:
    """What the kernel would answer, by the five instructions that the program has."""
    program = [struct.unpack("=HBBI", step) for step in instructions(architecture, rules)]
    accumulator = place = 0
    while True:
        code, then, otherwise, value = program[place]
        place += 1
        if code == 0x20:
            known = {16 + 4 * place: word for place, word in enumerate(words)}
            accumulator = {0: number, 4: audit, **known}[value]
        elif code == 0x54:
            accumulator &= value
        elif code == 0x15:
            place += then if accumulator == value else otherwise
        elif code == 0x35:
            place += then if accumulator >= value else otherwise
        else:
            assert code == 0x06
            return int(value)


@machines
def test_every_call_is_refused_but_the_listed(machine: str) -> None:
    here = ARCHITECTURES[machine]
    for number in range(600):
        expected = ALLOW if number in here.allowed else REFUSE
        if number == here.clone3:
            expected = NOT_THERE
        assert decide(here, here.audit, number) == expected


def arguments(*values: int) -> tuple[int, ...]:
    """Six arguments as twelve words, the low one of each first."""
    padded = (*values, *(0,) * (6 - len(values)))
    return tuple(half for value in padded for half in (value & 0xFFFFFFFF, value >> 32))


@machines
@pytest.mark.parametrize(
    ("name", "given", "allowed"),
    [
        ("clone", (0x3D0F00,), True),  # what pthread_create asks for
        ("clone", (0x1200011,), False),  # fork
        ("clone", (0x4111,), False),  # vfork
        ("clone", (0x3D0F00 | 0x10000000,), False),  # a thread in a new user namespace
        ("fcntl", (3, 1030), True),
        ("fcntl", (3, 8), False),  # F_SETOWN
        ("fcntl", (3, 10), False),  # F_SETSIG
        ("prctl", (15,), True),
        ("prctl", (4,), False),  # PR_SET_DUMPABLE
        ("prlimit64", (0, 7, 0), True),
        ("prlimit64", (0, 7, 1 << 40), False),  # a new limit, its address above 4 GiB
        ("prlimit64", (99, 7, 0), False),
        ("newfstatat", (3, 0, 0, 0x1000), True),
        ("newfstatat", (-100 & 0xFFFFFFFF, 0, 0, 0), False),
        ("ioctl", (0, 0x5412), False),  # TIOCSTI
    ],
)
def test_what_node_may_ask(machine: str, name: str, given: tuple[int, ...], allowed: bool) -> None:
    here, rules = ARCHITECTURES[machine], seccomp_node.RULES[machine]
    tables = {"x86_64": seccomp_node.X86_64_TESTED, "aarch64": seccomp_node.AARCH64_TESTED}
    number = tables[machine][name]
    answer = decide(here, here.audit, number, rules, arguments(*given))
    assert answer == (ALLOW if allowed else REFUSE)
    assert decide(here, here.audit, here.clone3, rules) == NOT_THERE


@machines
def test_another_architecture_or_x32_is_killed(machine: str) -> None:
    here = ARCHITECTURES[machine]
    others = [other.audit for other in ARCHITECTURES.values() if other is not here]
    assert decide(here, others[0], 0) == KILL
    assert decide(here, 0x40000003, 0) == KILL  # i386
    assert decide(here, here.audit, 0x40000000 | here.allowed[0]) == KILL


@machines
def test_the_numbers_are_the_kernel_s(machine: str) -> None:
    tables = {
        "x86_64": (seccomp._X86_64, seccomp_node.X86_64, seccomp_node.X86_64_TESTED),
        "aarch64": (seccomp._AARCH64, seccomp_node.AARCH64, seccomp_node.AARCH64_TESTED),
    }
    names = {name: number for table in tables[machine] for name, number in table.items()}
    header = next((Path(path) for path in HEADERS[machine] if Path(path).exists()), None)
    if header is None:
        pytest.skip(f"no kernel headers for {machine} here")
    text = header.read_text()
    found = {n: int(v) for n, v in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text)}
    found.setdefault("newfstatat", found.get("fstatat", -1))  # its name where there is no other
    assert {name: found.get(name) for name in names} == names
    assert found["clone3"] == ARCHITECTURES[machine].clone3
    assert found["seccomp"] == ARCHITECTURES[machine].seccomp


@machines
def test_nothing_that_reaches_out_is_listed(machine: str) -> None:
    names = {"x86_64": seccomp._X86_64, "aarch64": seccomp._AARCH64}[machine]
    never = "open stat socket connect send kill fork clone exec fcntl ioctl dup prctl ptrace limit"
    assert not [name for name in names for word in never.split() if word in name]


@pytest.mark.skipif(sys.platform != "linux", reason="asks this kernel")
def test_a_machine_without_a_table_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OSError, match="no system call table for riscv64"):
        seccomp._Filter("riscv64")
