"""Syntax at top level, and imports."""

import pytest
from front_end import FrontEnd


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("for await (const n of [Promise.resolve(1)]) { console.log(n) }", "1\n"),
        ("for await (const n of (async function* () { yield 1; yield 2 })()) console.log(n)", "1\n2\n"),
        (
            "await using held = { async [Symbol.asyncDispose]() { console.log('disposed') } }\nconsole.log('used')",
            "used\ndisposed\n",
        ),
        ("using held = { [Symbol.dispose]() { console.log('disposed') } }\nconsole.log('used')", "used\ndisposed\n"),
        (
            "{ await using a = { async [Symbol.asyncDispose]() { console.log('a') } } }\nconsole.log('after')",
            "a\nafter\n",
        ),
        ("const { a = await Promise.resolve(1) } = {} as { a?: number }; console.log(a)", "1\n"),
        ("if (await Promise.resolve(true)) console.log('then')", "then\n"),
        ("console.log(`${await Promise.resolve('t')}`)", "t\n"),
        ("console.log([await 1, ...(await Promise.resolve([2]))])", "[ 1, 2 ]\n"),
        ("console.log(await (await Promise.resolve({ f: async () => 3 })).f())", "3\n"),
        ("class C { x = 1; static y = 2 }\nconsole.log(await new C().x)", "1\n"),
        ("switch (await 1) { case 1: console.log('one'); break; default: console.log('other') }", "one\n"),
        ("while (await Promise.resolve(false)) {}\nconsole.log('past')", "past\n"),
        (
            "try { await Promise.reject(new Error('x')) } catch { console.log('caught') "
            "} finally { console.log(await 'f') }",
            "caught\nf\n",
        ),
        ("const f = async () => { await null; return 4 }\nconsole.log(await f())", "4\n"),
        ("export {}; console.log('module')", "module\n"),
        ("var hoisted = 1; { var hoisted2 = 2 }\nconsole.log(hoisted, hoisted2)", "1 2\n"),
        ("console.log(early()); function early() { return 'hoisted' }", "hoisted\n"),
        ("'use strict'; console.log('strict')", "strict\n"),
        ("console.log('crlf');\r\nconsole.log('lines')\r\n", "crlf\nlines\n"),
        ("\ufeffconsole.log('bom')", "bom\n"),
        ("const ünïcode = 'ü'; console.log(ünïcode)", "ü\n"),
        ("console.log('\\u2028'.length, '\u2028'.length)", "1 1\n"),
        ("console.log(typeof require, typeof exports, typeof globalThis)", "function object object\n"),
    ],
)
def test_syntax_at_top_level(kernel: FrontEnd, code: str, shown: str) -> None:
    cell = kernel.ok(code)
    assert cell.stdout == shown


def test_dispose_errors_and_order(kernel: FrontEnd) -> None:
    cell = kernel.fails(
        "await using one = { async [Symbol.asyncDispose]() { console.log('one') } }\n"
        "using two = { [Symbol.dispose]() { console.log('two') } }\n"
        "throw new Error('between')"
    )
    assert cell.stdout == "two\none\n" and cell.error["evalue"] == "between"


def test_imports_of_every_form(kernel: FrontEnd) -> None:
    assert (
        kernel.ok('import path, { basename, type ParsedPath } from "node:path"\n[path.sep, basename("/x/y")]').result
        == "[ '/', 'y' ]"
    )
    assert kernel.ok("const parsed: ParsedPath = path.parse('/a.b'); parsed.ext").result == "'.b'"
    assert kernel.ok('import fs, * as all from "node:fs"\nfs.existsSync === all.existsSync').result == "true"
    assert (
        kernel.ok(
            'import type { Server } from "node:net"\nimport type * as http from "node:http"\n'
            "let typed: Server | http.Server | undefined\ntyped"
        ).types
        == []
    )
    assert kernel.ok('import "node:events"\n1').result == "1"
    assert kernel.ok('const dynamic = await import("node:os"); typeof dynamic.hostname()').result == "'string'"
    assert kernel.ok('const required = require("node:url"); typeof required.parse').result == "'function'"
    assert (
        kernel.ok(
            'import { $, type ProcessOutput } from "zx"\nconst ran: ProcessOutput = await $`true`; ran.exitCode'
        ).result
        == "0"
    )
    assert kernel.ok('export { sep as separator } from "node:path"\n1').result == "1"


def test_an_import_is_usable_in_later_cells_and_closures(kernel: FrontEnd) -> None:
    kernel.ok('import { AF_INET, socket } from "../helpers/socket"\nconst open = () => socket(AF_INET)')
    assert kernel.ok("const opened = open(); opened.close(); ({ AF_INET })").result == "{ AF_INET: 2 }"


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("!ls -l", "$`ls -l`"),
        ("%timeit Math.sqrt(2)", "console.time"),
        ("%%bash\nls", "$`"),
        ("npm install x", "terminal"),
        ("const before = 1\npip install x\nconst after = 2", "terminal"),
        ("?console", "Shift-Tab"),
        ("console.log?", "Shift-Tab"),
        ("ls", "$`ls`"),
    ],
)
def test_a_command_of_a_shell_or_of_ipython_is_answered_by_one_line(kernel: FrontEnd, code: str, answer: str) -> None:
    cell = kernel.fails(code)
    assert answer in cell.error["evalue"] and cell.error["traceback"] == [cell.error["evalue"]]


def test_what_looks_like_a_command_and_is_typescript_runs(kernel: FrontEnd) -> None:
    kernel.ok("const ls = true, make = () => 1, git = { status: 2 }, x = 5, timeit = 3")
    assert kernel.ok("!ls").result == "false"
    assert kernel.ok("10\n% timeit").result == "1"
    assert kernel.ok("ls").result == "true"
    assert "TS2322" in kernel.fails("const n: number = 'text'\n!ls").traceback
