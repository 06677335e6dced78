"""What an attacker would try, as source of modules. `arena.py` runs them and looks for harm.

Every module gets past the static gates on purpose: those are advice. `@NAME@` is filled in by
the arena. A function that got what it was after and can't be seen from outside returns text
that begins with HARM. `inverse`: harm must be seen when the sandbox is off, which shows that
the arena would notice.
"""

# ruff: noqa: E501 - a table: one attack to a line where it can be
from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent, indent

# Modules the zygote has loaded are there for the taking; __import__ comes through json.
BACK_DOOR = """
import json
load = json.codecs.builtins.__import__
os = load("os")
sys = load("sys")
open = json.codecs.builtins.open
def libc():
    return load("ctypes").CDLL(None, use_errno=True)
def call(*arguments):
    long = load("ctypes").c_long
    return libc().syscall(*(long(a) if type(a) is int else a for a in arguments))
"""


@dataclass(frozen=True)
class Attack:
    name: str
    body: str
    """What f(x) does."""
    top: str = ""
    """What importing the module does."""
    inverse: bool = False

    @property
    def source(self) -> str:
        body = indent(dedent(self.body).strip() or "return 1", "    ")
        return f"{BACK_DOOR}{dedent(self.top)}\ndef f(x):\n{body}\n"


def _inverse(name: str, body: str, top: str = "") -> Attack:
    return Attack(name, body, top, inverse=True)


TIME = [
    Attack("infinite loop", "while True: pass"),
    Attack("long computation in C", "return len(str(10 ** 10 ** 8))"),
    Attack("catastrophic regex", "return bool(re.match('(a+)+$', 'a' * 60 + 'b'))", "import re"),
    Attack("sleep", "load('time').sleep(1e6)"),
    Attack("stop itself", "os.kill(os.getpid(), 19); load('time').sleep(1e6)"),
    Attack(
        "ignore every signal and loop",
        """
        signal = load("signal")
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        while True: pass
        """,
    ),
    Attack("loop while importing", "", "while True: pass"),
    Attack(
        "loop in a finalizer",
        "return [D()]",
        "class D:\n    def __del__(self):\n        while True: pass\n",
    ),
    Attack(
        "hang at exit",
        "return 1",
        "load('atexit').register(load('time').sleep, 999)\nclass D:\n    def __del__(self): load('time').sleep(999)\nd = D()\n",
    ),
    Attack(
        "hang in __str__ of an exception",
        "raise E",
        "class E(Exception):\n    def __str__(self):\n        while True: pass\n",
    ),
    Attack("read standard input", "return json.codecs.builtins.input()"),
]

MEMORY = [
    Attack("memory bomb", "data = bytearray(3 << 30); return 'HARM'"),
    Attack("growing list", "data = []\nwhile True: data.append(bytearray(1 << 20))"),
    Attack("doubling text", "text = 'x'\nwhile True: text += text"),
    Attack("anonymous map", "load('mmap').mmap(-1, 3 << 30); return 'HARM'"),
    Attack("endless recursion", "sys.setrecursionlimit(10 ** 9)\nreturn f(x)"),
    Attack(
        "raise the limits",
        "r = load('resource'); r.setrlimit(r.RLIMIT_AS, (-1, -1)); bytearray(3 << 30); return 'HARM'",
    ),
    Attack("answer of 100 MB", "return 'x' * (100 << 20)"),
    Attack(
        "answer nested 5000 deep", "value = []\nfor n in range(5000): value = [value]\nreturn value"
    ),
    Attack("answer that holds itself", "value = []\nvalue.append(value)\nreturn value"),
    Attack(
        "answer that doubles at each level",
        "value = []\nfor n in range(99): value = [value, value]\nreturn value",
    ),
    Attack("integer of a million digits", "return 1 << 3400000"),
    Attack("flood of output", "for n in range(50): print('x' * (1 << 20))\nreturn 1"),
]

ENDINGS = [
    Attack("os._exit(0)", "os._exit(0)"),
    Attack("os._exit(0) while importing", "", "os._exit(0)"),
    Attack("sys.exit(0)", "sys.exit(0)"),
    Attack("sys.exit(0) while importing", "", "sys.exit(0)"),
    Attack("abort", "os.abort()"),
    Attack("crash", "load('ctypes').string_at(0)"),
    Attack("close every descriptor", "os.closerange(0, 256)\nreturn 1"),
]

PROCESSES = [
    Attack(
        "fork bomb",
        """
        count = 0
        for n in range(50):
            try:
                if os.fork() == 0: load("time").sleep(30); os._exit(0)
                count += 1
            except OSError: pass
        return "HARM" if count else "none"
        """,
    ),
    Attack(
        "thread bomb",
        """
        threading, count = load("threading"), 0
        for n in range(100):
            try: threading.Thread(target=load("time").sleep, args=(20,), daemon=True).start(); count += 1
            except RuntimeError: break
        return "HARM" if count else "none"
        """,
    ),
    Attack(
        "daemon by double fork",
        """
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0: load("time").sleep(60)
            os._exit(0)
        return "HARM"
        """,
    ),
    _inverse(
        "fork", "child = os.fork()\nif child == 0: os._exit(0)\nos.waitpid(child, 0)\nreturn 'HARM'"
    ),
    _inverse("vfork and exec", "load('subprocess').run(['/bin/true'], check=True); return 'HARM'"),
    _inverse(
        "posix_spawn", "os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0); return 'HARM'"
    ),
    _inverse("shell", "return 'HARM' if os.system('exit 0') == 0 else 'no'"),
    Attack("exec in place", "os.execv('/bin/sh', ['sh', '-c', 'sleep 20'])"),
    Attack("clone by number", "return 'HARM' if call(@clone@, 17, 0, 0, 0, 0) > 0 else 'no'"),
    Attack(
        "clone3 by number",
        "return 'HARM' if call(435, load('ctypes').create_string_buffer(88), 88) > 0 else 'no'",
    ),
    Attack(
        "memfd and exec",
        "fd = os.memfd_create('x'); os.write(fd, b'#!/bin/sh\\n'); os.execve(fd, ['x'], {})",
    ),
]

WRITES = [
    _inverse("write to the home folder", "open('@HOME@/.bashrc', 'w').write('evil')"),
    _inverse("append in the home folder", "open('@HOME@/.bashrc', 'a').write('evil')"),
    _inverse("write while importing", "return 1", "open('@PROJECT@/a.py', 'w').write('evil')"),
    _inverse("delete a project file", "os.unlink('@PROJECT@/a.py')"),
    _inverse("rename a project file", "os.rename('@PROJECT@/a.py', '@PROJECT@/b.py')"),
    _inverse("truncate a project file", "os.truncate('@PROJECT@/a.py', 0)"),
    _inverse("change a file's mode", "os.chmod('@PROJECT@/a.py', 0o777)"),
    _inverse("change a file's time", "os.utime('@PROJECT@/a.py', (1, 1))"),
    _inverse("create a file in the temporary folder", "open('@SCRATCH@/EVIL', 'w').close()"),
    _inverse("make a folder", "os.mkdir('@SCRATCH@/EVIL')"),
    _inverse(
        "symbolic link",
        "os.symlink('@HOME@/.bashrc', '@SCRATCH@/EVIL'); open('@SCRATCH@/EVIL', 'w').write('evil')",
    ),
    _inverse("hard link", "os.link('@HOME@/.bashrc', '@SCRATCH@/EVIL')"),
    _inverse("named pipe", "os.mkfifo('@SCRATCH@/EVIL')"),
    _inverse(
        "write by the root of its own process",
        "open('/proc/self/root@HOME@/.bashrc', 'w').write('evil')",
    ),
    _inverse(
        "open by number",
        "return 'HARM' if call(@openat@, -100, b'@SCRATCH@/EVIL', 0o102, 0o600) >= 0 else 'no'",
    ),
    _inverse(
        "openat2 by number",
        "ct = load('ctypes'); return 'HARM' if call(437, -100, b'@HOME@/.bashrc', (ct.c_uint64 * 3)(0, 0, 0), 24) >= 0 else 'no'",
    ),
    _inverse(
        "log file",
        "load('logging').FileHandler('@SCRATCH@/EVIL').emit(load('logging').makeLogRecord({}))",
    ),
    _inverse(
        "extended attribute", "os.setxattr('@HOME@/.bashrc', 'user.evil', b'1'); return 'HARM'"
    ),
    Attack("create in its own folder", "open('EVIL', 'w').close()"),
    Attack(
        "create in shared memory",
        "open('@SHM_FILE@', 'w').close(); os.unlink('@SHM_FILE@'); return 'HARM'",
    ),
]

READS = [
    _inverse("read /etc/passwd", "return 'HARM' + open('/etc/passwd').read()[:20]"),
    _inverse("read a private key", "return 'HARM' + open('@HOME@/.ssh/id_rsa').read()"),
    _inverse("list the home folder", "return 'HARM' + str(os.listdir('@HOME@'))"),
    _inverse(
        "see whether a file is there", "return 'HARM' + str(os.stat('@HOME@/.ssh/id_rsa').st_size)"
    ),
    _inverse(
        "ask for access", "return 'HARM' if os.access('@HOME@/.ssh/id_rsa', os.F_OK) else 'no'"
    ),
    _inverse(
        "statx by number",
        "return 'HARM' if call(@statx@, -100, b'@HOME@/.bashrc', 0, 0xfff, load('ctypes').create_string_buffer(256)) == 0 else 'no'",
    ),
    _inverse(
        "read by linecache",
        "return 'HARM' if load('linecache').getlines('@HOME@/.ssh/id_rsa') else 'no'",
    ),
    _inverse(
        "read by the import system",
        "load('importlib.util'); m = sys.modules['importlib.machinery']; return 'HARM' + str(m.SourceFileLoader('a', '@PROJECT@/a.py').get_data('@PROJECT@/a.py'))",
    ),
    _inverse("its own memory as a file", "open('/proc/self/maps').read(); return 'HARM'"),
    _inverse(
        "the builder's environment",
        "return 'HARM' if b'TOKEN' in open('/proc/@VICTIM@/environ', 'rb').read() else 'no'",
    ),
    _inverse(
        "the builder's memory",
        "ct = load('ctypes'); b = ct.create_string_buffer(8); io = (ct.c_size_t * 2)(ct.addressof(b), 8); far = (ct.c_size_t * 2)(int(open('/proc/@VICTIM@/maps').read().split('-')[0], 16), 8); return 'HARM' if call(@process_vm_readv@, @VICTIM@, io, 1, far, 1, 0) > 0 else 'no'",
    ),
    Attack(
        "the environment", "return 'HARM' if any('TOKEN' in name for name in os.environ) else 'no'"
    ),
    Attack(
        "open_by_handle_at",
        "return 'HARM' if call(@name_to_handle_at@, -100, b'@HOME@', load('ctypes').create_string_buffer(b'\\x80', 200), load('ctypes').create_string_buffer(8), 0) == 0 else 'no'",
    ),
    Attack("inotify", "return 'HARM' if call(@inotify_init1@, 0) >= 0 else 'no'"),
]

NETWORK = [
    _inverse("TCP", "load('socket').create_connection(('127.0.0.1', @TCP@), 1)"),
    _inverse(
        "UDP",
        "s = load('socket'); s.socket(s.AF_INET, s.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', @UDP@))",
    ),
    _inverse("unix socket by path", "s = load('socket'); s.socket(s.AF_UNIX).connect('@UNIX@')"),
    _inverse(
        "abstract unix socket", "s = load('socket'); s.socket(s.AF_UNIX).connect('\\0@ABSTRACT@')"
    ),
    _inverse(
        "listen", "s = load('socket').socket(); s.bind(('127.0.0.1', 0)); s.listen(); return 'HARM'"
    ),
    _inverse("netlink", "s = load('socket'); s.socket(s.AF_NETLINK, s.SOCK_RAW, 0); return 'HARM'"),
    _inverse("socket by number", "return 'HARM' if call(@socket@, 2, 2, 0) >= 0 else 'no'"),
    _inverse("socket pair", "load('socket').socketpair(); return 'HARM'"),
    Attack(
        "io_uring",
        "return 'HARM' if call(425, 8, load('ctypes').create_string_buffer(120)) >= 0 else 'no'",
    ),
]

OTHERS = [
    _inverse("kill another process", "os.kill(@VICTIM@, 9)"),
    _inverse("stop another process", "os.kill(@VICTIM@, 19)"),
    _inverse(
        "queue a signal by number", "return 'HARM' if call(@tkill@, @VICTIM@, 0) == 0 else 'no'"
    ),
    _inverse(
        "signal by file descriptor",
        "s = load('signal'); s.pidfd_send_signal(os.pidfd_open(@VICTIM@), 9)",
    ),
    _inverse(
        "signal by owning a pipe",
        """
        # the descriptor's owner is sent the signal of one's choice when it becomes ready
        import_fcntl = load("fcntl")
        read, write = (3, 4)
        import_fcntl.fcntl(write, 10, 9)
        import_fcntl.fcntl(write, 8, @VICTIM@)
        import_fcntl.fcntl(write, 4, 0o20000)
        return "HARM"
        """,
    ),
    _inverse(
        "lower another's limits",
        "r = load('resource'); r.prlimit(@VICTIM@, r.RLIMIT_NOFILE, (3, 3))",
    ),
    _inverse("renice another", "os.setpriority(os.PRIO_PROCESS, @VICTIM@, 19)"),
    _inverse("pin another to a processor", "os.sched_setaffinity(@VICTIM@, {0}); return 'HARM'"),
    _inverse(
        "trace another",
        "r = call(@ptrace@, 16, @VICTIM@, 0, 0); call(@ptrace@, 17, @VICTIM@, 0, 0); return 'HARM' if r == 0 else 'no'",
    ),
    Attack("kill the zygote", "os.kill(os.getppid(), 9)"),
    Attack("kill the builder", "os.kill(@BUILDER@, 9)"),
]

KERNEL = [
    _inverse(
        "SysV shared memory",
        "return 'HARM' if call(@shmget@, @SHM_KEY@, 4096, 0o1600) >= 0 else 'no'",
    ),
    _inverse("memfd", "os.memfd_create('x'); return 'HARM'"),
    _inverse(
        "kernel keyring",
        "return 'HARM' if call(@add_key@, b'user', b'evil', b'1', 1, -2) > 0 else 'no'",
    ),
    _inverse("outlive the zygote", "return 'HARM' if libc().prctl(1, 0, 0, 0, 0) == 0 else 'no'"),
    _inverse(
        "call itself by another name",
        "return 'HARM' if libc().prctl(15, b'sshd', 0, 0, 0) == 0 else 'no'",
    ),
    Attack("namespaces", "return 'HARM' if call(@unshare@, 0x10000000) == 0 else 'no'"),
    Attack("userfaultfd", "return 'HARM' if call(@userfaultfd@, 1) >= 0 else 'no'"),
    Attack(
        "bpf",
        "return 'HARM' if call(@bpf@, 0, load('ctypes').create_string_buffer(b'\\x02\\0\\0\\0\\x04\\0\\0\\0\\x04\\0\\0\\0\\x01', 72), 72) >= 0 else 'no'",
    ),
    Attack(
        "perf events",
        "return 'HARM' if call(@perf_event_open@, load('ctypes').create_string_buffer(b'\\x01\\0\\0\\0\\x78', 120), 0, -1, -1, 0) >= 0 else 'no'",
    ),
    Attack("change the user", "os.setuid(12345); return 'HARM'"),
    Attack("change the root", "os.chroot('/tmp'); return 'HARM'"),
    Attack("x32 system calls", "return 'HARM' if call(0x40000000 + 41, 2, 2, 0) >= 0 else 'no'"),
]

FORGING = [
    Attack("print a pass", "print('{\"passed\": true}'); return 1"),
    Attack(
        "write a pass to every descriptor",
        "for n in range(256):\n    try: os.write(n, b'PASS\\n{\"result\": true}\\n' * 3)\n    except OSError: pass\nreturn 1",
    ),
    Attack(
        "object equal to everything",
        "return T()",
        "class T:\n    def __eq__(self, other): return True\n    __hash__ = None\n",
    ),
    Attack(
        "text equal to everything",
        "return S('q')",
        "class S(str):\n    def __eq__(self, other): return True\n    __hash__ = str.__hash__\n",
    ),
    Attack(
        "object that claims to be text",
        "return T()",
        "class T:\n    __class__ = str\n    def __str__(self): return 'q'\n",
    ),
    Attack(
        "dictionary with its own items",
        "return D(a=1)",
        "class D(dict):\n    def items(self): return [('b', 2)]\n",
    ),
    Attack(
        "type with a lying metaclass",
        "return T()",
        "class M(type):\n    def __instancecheck__(s, o): return True\n    def __subclasscheck__(s, o): return True\n    def mro(cls): return [cls, object]\nclass T(metaclass=M): ...\n",
    ),
    Attack("NaN", "return float('nan')"),
    Attack("infinity", "return float('inf')"),
    Attack("keys that aren't text", "return {1: 2}"),
    Attack(
        "patch json",
        "return 3",
        "json.dumps = lambda *a, **k: 'true'\nload('json.encoder')\nsys.modules['json.encoder'].JSONEncoder.encode = lambda s, o: '\"PASS\"'\n",
    ),
    Attack(
        "patch builtins",
        "return 3",
        "b = json.codecs.builtins\nb.len = lambda o: 0\nb.type = lambda *a: str\nb.issubclass = lambda *a: True\n",
    ),
    Attack(
        "patch the worker through its frames",
        "return 3",
        """
        frame = sys._getframe()
        while frame:
            for name in ("plain", "encode", "_changed", "report"):
                if name in frame.f_globals: frame.f_globals[name] = lambda *a: b'"PASS"'
            frame = frame.f_back
        """,
    ),
    Attack(
        "answer in the worker's name, with the right nonce",
        """
        frame = sys._getframe(1)
        while "nonce" not in frame.f_locals: frame = frame.f_back
        body = b'{"value":"guess","tried":""}'
        os.write(4, load("struct").pack("=I16sB", len(body), frame.f_locals["nonce"], 1) + body)
        return "second guess"
        """,
    ),
    Attack(
        "answer before the question",
        "return 1",
        "os.write(4, load('struct').pack('=I16sB', 3, bytes(16), 1) + b'\"x\"')",
    ),
    Attack(
        "claim to be loaded, then exit",
        "return 1",
        "frame = sys._getframe()\nwhile 'nonce' not in frame.f_locals: frame = frame.f_back\nos.write(4, load('struct').pack('=I16sB', 12, frame.f_locals['nonce'], 0) + b'{\"tried\":\"\"}')\nos._exit(0)\n",
    ),
    Attack("part of a frame, then silence", "os.write(4, b'abc'); load('time').sleep(100)"),
    Attack(
        "frame that claims 4 GB",
        "os.write(4, load('struct').pack('=I16sB', 0xFFFFFFFF, NONCE(), 1)); load('time').sleep(9)",
        "def NONCE():\n    frame = sys._getframe(1)\n    while 'nonce' not in frame.f_locals: frame = frame.f_back\n    return frame.f_locals['nonce']\n",
    ),
    Attack(
        "hunt for the expected value",
        """
        found = []
        for thing in load("gc").get_objects():
            try:
                if "EXPECT" + "ED-" in repr(thing)[:4000] and "EXPECT" + "ED-" not in f.__code__.co_consts: found.append(repr(thing))
            except BaseException: pass
        frame = sys._getframe()
        while frame:
            for thing in (*frame.f_locals.values(), *frame.f_globals.values()):
                try:
                    text = repr(thing)
                    place = text.find("EXPECT" + "ED-")
                    if place >= 0 and text[place + 9:place + 21].isalnum(): return text[place:place + 21]
                except BaseException: pass
            frame = frame.f_back
        return found[:1]
    """,
    ),
    Attack(
        "hunt through its memory",
        """
        ct, needle = load("ctypes"), b"EXPECT" + b"ED-"
        low = id(x) & ~0xFFFFF
        for start in range(low, low + (1 << 20), 4096):
            try: page = ct.string_at(start, 4096)
            except BaseException: break
            place = page.find(needle)
            if place >= 0 and page[place + 9:place + 21].isalnum(): return page[place:place + 21].decode()
        return "no"
        """,
    ),
    Attack("tracing", "return 1", "def t(*a): return t\nsys.settrace(t)\nsys.setprofile(t)\n"),
    Attack("its own audit hook", "return 1", "sys.addaudithook(lambda *a: None)\n"),
    Attack(
        "exception that claims every class",
        "raise E('AssertionError')",
        "class M(type):\n    __mro__ = property(lambda cls: (cls, ValueError, Exception, object))\nclass E(Exception, metaclass=M): ...\n",
    ),
    Attack("generator", "yield 1"),
    Attack("terminal escapes in an exception", "raise ValueError('\\x1b]0;HARM\\x07\\x1b[2J')"),
]

# Beyond the list: ten more ways to be told "passed" without giving the answer.
BEYOND = [
    Attack(
        "two answers to one question",
        """
        frame = sys._getframe(1)
        while "nonce" not in frame.f_locals: frame = frame.f_back
        for guess in (b'"one"', b'"two"'):
            body = b'{"value":' + guess + b',"tried":""}'
            os.write(4, load("struct").pack("=I16sB", len(body), frame.f_locals["nonce"], 1) + body)
        load("time").sleep(9)
    """,
    ),
    Attack(
        "a kind of answer that doesn't exist",
        FRAME := """
        frame = sys._getframe(1)
        while "nonce" not in frame.f_locals: frame = frame.f_back
        body = b'{"passed":true,"status":"passed"}'
        os.write(4, load("struct").pack("=I16sB", len(body), frame.f_locals["nonce"], 77) + body)
        load("time").sleep(9)
    """,
    ),
    Attack("a verdict in place of an answer", FRAME.replace("77", "1")),
    Attack(
        "a raised report of the wrong shape",
        FRAME.replace("77", "2").replace(
            '{"passed":true,"status":"passed"}',
            '{"classes":7,"message":[],"lines":"x","tried":9,"refused":1}',
        ),
    ),
    Attack(
        "a key twice, the second one right",
        FRAME.replace("77", "1").replace(
            '{"passed":true,"status":"passed"}', '{"value":1,"value":2,"tried":""}'
        ),
    ),
    Attack(
        "NaN in the frame, which equals nothing and differs from nothing",
        FRAME.replace("77", "1").replace(
            '{"passed":true,"status":"passed"}', '{"value":NaN,"tried":""}'
        ),
    ),
    Attack(
        "a float beyond every float",
        FRAME.replace("77", "1").replace(
            '{"passed":true,"status":"passed"}', '{"value":1e999,"tried":""}'
        ),
    ),
    Attack(
        "text that isn't UTF-8",
        FRAME.replace("77", "1").replace(
            '{"passed":true,"status":"passed"}', '{"value":"\\xff\\xfe","tried":""}'
        ),
    ),
    Attack(
        "200000 brackets",
        FRAME.replace("77", "1").replace('b\'{"passed":true,"status":"passed"}\'', "b'[' * 200000"),
    ),
    Attack(
        "read the question back from the pipe",
        "os.set_blocking(3, False)\ntry: return os.read(3, 1 << 20).decode()\nexcept OSError as error: return str(error)",
    ),
    Attack("raise what is expected of nobody", "raise load('unittest').SkipTest('passed')"),
    Attack("stay silent and close the pipe", "os.close(4); load('time').sleep(9)"),
    Attack(
        "become the judge's own classes",
        "import gc\nfor c in gc.get_objects():\n    if isinstance(c, type) and c.__name__ == 'Unfit': raise c('passed')\nreturn 1",
        "import weakref",
    ),
]

ATTACKS = [
    *TIME, *MEMORY, *ENDINGS, *PROCESSES, *WRITES, *READS, *NETWORK, *OTHERS, *KERNEL, *FORGING,
    *BEYOND,
]  # fmt: skip
