"""What an attacker would try in JavaScript, as `attacks.py` has it for Python.

The arena's worker hides no globals, so that every module has `process` and `require`: hiding
them is advice, and what holds has to hold without it. Top-level `await` lets the event loop
turn, for what is asynchronous.
"""

# ruff: noqa: E501 - a table: one attack to a line where it can be
from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

PREAMBLE = """
const need = (name) => { try { return require(name); } catch (error) { return {}; } };
const fs = need("fs"), cp = need("child_process"), net = need("net"), dgram = need("dgram");
const workers = need("worker_threads");
const wait = (start) => new Promise((done) => { setTimeout(done, 300); try { start(done); } catch { done(); } });
const succeeds = (attempt) => { try { attempt(); return "HARM"; } catch { return "no"; } };
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
        body = dedent(self.body).strip() or "return 1;"
        return f"{PREAMBLE}{dedent(self.top)}\nexport function f(x) {{\n{body}\n}}\n"


def _inverse(name: str, body: str, top: str = "") -> Attack:
    return Attack(name, body, top, inverse=True)


TIME = [
    Attack("infinite loop", "while (true);"),
    Attack("loop while importing", "", "while (true);"),
    Attack("catastrophic regex", "return /(a+)+$/.test('a'.repeat(60) + 'b');"),
    Attack("sleep by Atomics", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"),
    Attack("wait for ever while importing", "", "await new Promise(() => {});"),
    Attack(
        "wait with a timer while importing",
        "",
        "await new Promise(() => setInterval(() => {}, 1e6));",
    ),
    Attack("loop in a getter of an error", "throw { get stack() { while (true); } };"),
    Attack(
        "loop in prepareStackTrace", "Error.prepareStackTrace = () => { while (true); }; null.x;"
    ),
    Attack("read standard input", "return fs.readFileSync(0, 'utf8') || 'nothing';"),
    Attack("stop itself", "process.kill(process.pid, 'SIGSTOP'); while (true);"),
    Attack(
        "ignore every signal and loop",
        "for (const s of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(s, () => {}); while (true);",
    ),
]

MEMORY = [
    Attack("array that grows", "const a = []; for (;;) a.push(new Array(1e5).fill(1.5));"),
    Attack("array buffers", "const a = []; for (let n = 0; n < 40; n++) a.push(new Uint8Array(1e8).fill(1)); return 'HARM';"),
    Attack("shared array buffers", "const a = []; for (let n = 0; n < 40; n++) a.push(new Uint8Array(new SharedArrayBuffer(1e8)).fill(1)); return 'HARM';"),
    Attack("memory of WebAssembly", "const a = []; for (let n = 0; n < 40; n++) a.push(new Uint8Array(new WebAssembly.Memory({ initial: 1600 }).buffer).fill(1)); return 'HARM';"),
    Attack("doubling text", "let t = 'x'; for (;;) { t += t; [...t.slice(0, 9)]; if (t.length > 2 ** 28) t.replace(/x/g, 'yy'); }"),
    Attack("endless recursion", "return f(x);"),
    Attack("answer of 100 MB", "return 'x'.repeat(1e8);"),
    Attack("answer nested 5000 deep", "let v = []; for (let n = 0; n < 5000; n++) v = [v]; return v;"),
    Attack("answer that holds itself", "const v = []; v.push(v); return v;"),
    Attack("answer that doubles at each level", "let v = []; for (let n = 0; n < 99; n++) v = [v, v]; return v;"),
    Attack("flood of output", "for (let n = 0; n < 50; n++) console.log('x'.repeat(1 << 20)); return 1;"),
]  # fmt: skip

ENDINGS = [
    Attack("process.exit(0)", "process.exit(0);"),
    Attack("process.exit(0) while importing", "", "process.exit(0);"),
    Attack("process.reallyExit(0)", "process.reallyExit(0);"),
    Attack("abort", "process.abort();"),
    Attack(
        "close every descriptor",
        "for (let n = 0; n < 64; n++) try { fs.closeSync(n); } catch {} return 1;",
    ),
    Attack("throw where nobody catches", "queueMicrotask(() => { throw 1; }); return 1;"),
]

PROCESSES = [
    _inverse("spawn", "return cp.spawnSync('/bin/true').status === 0 ? 'HARM' : 'no';"),
    _inverse("shell", "return succeeds(() => cp.execSync('exit 0'));"),
    _inverse("execFile of node itself", "return cp.spawnSync(process.execPath, ['-e', '0']).status === 0 ? 'HARM' : 'no';"),
    Attack("fork", "", "await wait((done) => cp.fork('/bin/true').on('exit', done));"),
    Attack("daemon", "", "await wait(() => cp.spawn('/bin/sleep', ['60'], { detached: true, stdio: 'ignore' }).unref());"),
    Attack("execve in place", "process.execve('/bin/sh', ['sh', '-c', 'sleep 20'], {});"),
    Attack("execve of node itself", "process.execve(process.execPath, ['node', '-e', 'setInterval(() => {}, 1e6)'], {});"),
    Attack("threads", "", "await wait(() => { for (let n = 0; n < 50; n++) new workers.Worker('for (;;);', { eval: true }); });"),
    _inverse("process binding that spawns", "const { Process } = process.binding('process_wrap'); const p = new Process(); return p.spawn({ file: '/bin/true', args: ['true'], stdio: [{ type: 'ignore' }, { type: 'ignore' }, { type: 'ignore' }] }) === 0 ? 'HARM' : 'no';"),
    Attack("spawn_sync binding", "const { status, error } = process.binding('spawn_sync').spawn({ file: '/bin/true', args: ['true'], stdio: [] }); return status === 0 && !error ? 'HARM' : 'no';"),
]  # fmt: skip

WRITES = [
    _inverse("write to the home folder", "fs.writeFileSync('@HOME@/.bashrc', 'evil'); return 1;"),
    _inverse("append in the home folder", "fs.appendFileSync('@HOME@/.bashrc', 'evil'); return 1;"),
    _inverse("write while importing", "return 1;", "fs.writeFileSync('@PROJECT@/a.py', 'evil');"),
    _inverse("delete a project file", "fs.unlinkSync('@PROJECT@/a.py'); return 1;"),
    _inverse("delete a project", "fs.rmSync('@PROJECT@', { recursive: true }); return 1;"),
    _inverse("rename a project file", "fs.renameSync('@PROJECT@/a.py', '@PROJECT@/b.py'); return 1;"),
    _inverse("truncate a project file", "fs.truncateSync('@PROJECT@/a.py', 0); return 1;"),
    _inverse("change a file's mode", "fs.chmodSync('@PROJECT@/a.py', 0o777); return 1;"),
    _inverse("change a file's time", "fs.utimesSync('@PROJECT@/a.py', 1, 1); return 1;"),
    _inverse("make a folder", "fs.mkdirSync('@SCRATCH@/EVIL'); return 1;"),
    _inverse("symbolic link", "fs.symlinkSync('@HOME@/.bashrc', '@SCRATCH@/EVIL'); return 1;"),
    _inverse("hard link", "fs.linkSync('@HOME@/.bashrc', '@SCRATCH@/EVIL'); return 1;"),
    _inverse("copy a file", "fs.copyFileSync('@HOME@/.bashrc', '@SCRATCH@/EVIL'); return 1;"),
    _inverse("write by the root of its own process", "fs.writeFileSync('/proc/self/root@HOME@/.bashrc', 'evil'); return 1;"),
    _inverse("asynchronous write", "", "await wait((done) => fs.promises.writeFile('@SCRATCH@/EVIL', 'x').then(done, done));"),
    _inverse("heap snapshot", "require('v8').writeHeapSnapshot('@SCRATCH@/EVIL.heapsnapshot'); return 1;"),
    _inverse("diagnostic report", "process.report.writeReport('@SCRATCH@/EVIL.json'); return 1;"),
    Attack("create in shared memory", "fs.writeFileSync('@SHM_FILE@', 'x'); return 'HARM';"),
]  # fmt: skip

READS = [
    _inverse("read /etc/passwd", "return 'HARM' + fs.readFileSync('/etc/passwd', 'utf8').slice(0, 20);"),
    _inverse("read a private key", "return 'HARM' + fs.readFileSync('@HOME@/.ssh/id_rsa', 'utf8');"),
    _inverse("list the home folder", "return 'HARM' + fs.readdirSync('@HOME@');"),
    _inverse("see whether a file is there", "return 'HARM' + fs.statSync('@HOME@/.ssh/id_rsa').size;"),
    _inverse("ask for access", "return succeeds(() => fs.accessSync('@HOME@/.ssh/id_rsa'));"),
    _inverse("read a link", "return 'HARM' + fs.readlinkSync('/proc/self/exe');"),
    _inverse("tell a file that is there by the error", "const code = (p) => { try { fs.openSync(p + '/x'); } catch (e) { return e.code; } }; return code('@HOME@/.bashrc') === code('@HOME@/none') ? 'no' : 'HARM';"),
    _inverse("its own memory as a file", "fs.readFileSync('/proc/self/maps'); return 'HARM';"),
    _inverse("the builder's environment", "return fs.readFileSync('/proc/@VICTIM@/environ', 'utf8').includes('TOKEN') ? 'HARM' : 'no';"),
    _inverse("load a file as JSON", "require('@PROJECT@/package.json'); return 'HARM';", "try { fs.writeFileSync('@PROJECT@/package.json', '{}'); } catch {}"),
    _inverse("require by another way in", "return succeeds(() => process.mainModule.require('fs').readFileSync('/etc/passwd'));", "process.mainModule ??= { require };"),
    _inverse("fs binding", "return process.binding('fs').internalModuleStat?.('/etc/passwd') === 0 || succeeds(() => fs.openAsBlob && fs.readFileSync('/etc/passwd')) === 'HARM' ? 'HARM' : 'no';"),
    Attack("the environment", "return Object.keys(process.env).some((n) => n.includes('TOKEN')) ? 'HARM' : 'no';"),
    Attack("a native addon", "process.dlopen({ exports: {} }, '/usr/lib/x86_64-linux-gnu/libm.so.6'); return 'HARM';"),
    Attack("an import at run time", "", "const found = await import('node:fs').catch(() => null);\nif (found) fs.readFileSync('/etc/passwd') && await new Promise(() => { for (;;); });"),
    Attack("WASI", "const { WASI } = require('wasi'); new WASI({ version: 'preview1', preopens: { '/': '/' } }); return 'no';"),
]  # fmt: skip

NETWORK = [
    _inverse("TCP", "", "await wait((done) => net.connect(@TCP@, '127.0.0.1', done).on('error', done));"),
    _inverse("UDP", "", "await wait((done) => dgram.createSocket('udp4').send('x', @UDP@, '127.0.0.1', done));"),
    _inverse("unix socket", "", "await wait((done) => net.connect('@UNIX@', done).on('error', done));"),
    Attack("abstract socket", "", "await wait((done) => net.connect('\\0@ABSTRACT@', done).on('error', done));"),
    _inverse("fetch", "", "await wait((done) => fetch('http://127.0.0.1:@TCP@/').then(done, done));"),
    _inverse("http", "", "await wait((done) => require('http').get('http://127.0.0.1:@TCP@/', done).on('error', done));"),
    _inverse("listen", "const { TCP, constants } = process.binding('tcp_wrap'); return new TCP(constants.SERVER).bind('127.0.0.1', 0) === 0 ? 'HARM' : 'no';"),
    Attack("inspector", "require('inspector').open(0); return 'no';"),
    Attack("names", "", "await wait((done) => require('dns').lookup('example.com', done));"),
]  # fmt: skip

SIGNALS = [
    _inverse("kill another process", "process.kill(@VICTIM@, 'SIGKILL'); return 1;"),
    _inverse("stop another process", "process.kill(@VICTIM@, 'SIGSTOP'); return 1;"),
    _inverse("ask whether a process is there", "return succeeds(() => process.kill(@VICTIM@, 0));"),
    _inverse("renice another process", "require('os').setPriority(@VICTIM@, 19); return 1;"),
    Attack("kill the zygote", "process.kill(process.ppid, 'SIGKILL'); return 1;"),
    Attack("kill its group", "process.kill(0, 'SIGKILL'); return 1;"),
    Attack("debug another process", "process._debugProcess(@VICTIM@); return 1;"),
    Attack("become another user", "process.setuid(12345); return 'HARM';"),
]

FORGERIES = [
    Attack("answer with a proxy", "return new Proxy({}, { get: () => 1 });"),
    Attack("equal to everything", "return { valueOf: () => true, [Symbol.toPrimitive]: () => 1 };"),
    Attack("toJSON that differs", "let n = 0; return { toJSON: () => ++n };"),
    Attack("toJSON on every prototype", "Object.prototype.toJSON = Array.prototype.toJSON = String.prototype.toJSON = () => true; return 1;"),
    Attack("patched JSON", "JSON.stringify = () => '{\"passed\":true}'; JSON.parse = () => ({ args: [], missing: [] }); return 1;"),
    Attack("patched Object and Array", "Object.keys = Reflect.ownKeys = Array.isArray = () => true; Array.prototype[Symbol.iterator] = null; return 1;"),
    Attack("polluted prototype", "for (const k of ['value', 'kind', 'text', 'passed', 'results', 'status', 'get', 'set', 'then']) Object.prototype[k] = 1; return 1;"),
    Attack("patched Promise", "return 1;", "Promise.prototype.then = Promise.resolve = () => ({}); Object.prototype.then = (f) => f(1);"),
    Attack("patched symbols", "Object.defineProperty(Function.prototype, Symbol.hasInstance, { value: () => true }); return 1;"),
    Attack("thenable answer", "return { then(f) { f(1); } };"),
    Attack("answer with a getter", "return { get value() { return 1; } };"),
    Attack("a forged frame on every descriptor", "for (let n = 0; n < 64; n++) try { fs.writeSync(n, Buffer.alloc(25, 1)); } catch {} return 1;"),
    Attack("bytes while importing", "return 1;", "for (let n = 3; n < 64; n++) try { fs.writeSync(n, '{}'); } catch {}"),
    Attack("a frame that passes", "const b = Buffer.alloc(21 + 11); b.writeUInt32LE(11); b[20] = 1; b.write('{\"value\":1}', 21); fs.writeSync(4, b); return 1;"),
    Attack("no answer", "fs.closeSync(4); return 1;"),
    Attack("read the next question", "return 'no' + fs.readSync(3, Buffer.alloc(10)).toString();"),
    Attack("the expected value by the stack", "const old = Error.prepareStackTrace; Error.prepareStackTrace = (e, s) => s; const s = new Error().stack; Error.prepareStackTrace = old; const seen = s.map((c) => { try { return String(c.getFunction()) + String(c.getThis()); } catch { return ''; } }).join(); return seen.includes('EXPECTED') ? 'HARM' : 'no';"),
    Attack("the expected value by arguments", "return String(arguments.callee?.caller ?? 'none').includes('EXPECTED') ? 'HARM' : 'no';"),
    Attack("the expected value in a heap snapshot", "return require('v8').getHeapSnapshot().read()?.toString().includes(['EXPEC', 'TED-'].join('')) ? 'HARM' : 'no';"),
    Attack("patched fs.writeSync", "fs.writeSync = fs.readSync = () => 0; process.binding('fs').writeBuffer = () => 0; return 1;"),
    Attack("control characters in an error", "throw new Error('\\u0007\\u001b[2J\\n');"),
    Attack("an error that lies about its class", "throw Object.create(RangeError.prototype, { name: { get() { throw 1; } } });"),
]  # fmt: skip

ATTACKS = [*TIME, *MEMORY, *ENDINGS, *PROCESSES, *WRITES, *READS, *NETWORK, *SIGNALS, *FORGERIES]
