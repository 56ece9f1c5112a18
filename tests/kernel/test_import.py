"""What cells import and how: files of every kind, packages with types and without, and what becomes of both later."""

import json
import os
from pathlib import Path

import pytest
from conftest import Copy, Launch
from front_end import FrontEnd


def package(copy: Copy, name: str, files: dict[str, str], **manifest: object) -> Path:
    """Installs a package beside the notebooks."""
    folder = copy.notebooks / "node_modules" / name
    for file, text in {"package.json": json.dumps({"name": name, **manifest}), **files}.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text)
    return folder


def test_packages_without_types_run(edited: FrontEnd, helpers: Copy) -> None:
    package(helpers, "untyped", {"index.js": "module.exports = { one: 1, next(n) { return n + 1 } };\n"})
    assert edited.ok('import untyped, { next } from "untyped"\n[untyped.one, next(1)]').result == "[ 1, 2 ]"
    assert edited.ok('import * as all from "untyped"\nall.one').result == "1"
    assert edited.ok('(await import("untyped")).default.one').result == "1"
    (helpers.notebooks / "through.ts").write_text('import { one } from "untyped";\nexport const through = one + 10;\n')
    assert edited.ok('import { through } from "./through"\nthrough').result == "11"


def test_packages_that_only_import_can_load(edited: FrontEnd, helpers: Copy) -> None:
    exports = {"import": "./index.js"}
    text = "export const one = 1; export default function two() { return 2 }\n"
    package(helpers, "pure", {"index.js": text}, type="module", exports=exports)
    cell = edited.ok('import two, { one } from "pure"\n[one, two()]')
    assert (cell.result, cell.stderr) == ("[ 1, 2 ]", "")
    assert edited.ok("[one, two()]").result == "[ 1, 2 ]"
    package(helpers, "awaits", {"index.js": "export const late = await Promise.resolve(3);\n"}, type="module")
    assert edited.ok('(await import("awaits")).late').result == "3"
    package(helpers, "awaits-too", {"index.js": "export const late = await Promise.resolve(4);\n"}, type="module")
    assert edited.ok('import { late } from "awaits-too"\nlate').result == "4"
    package(helpers, "awaits-again", {"index.js": "export const late = await Promise.resolve(5);\n"}, type="module")
    (helpers.notebooks / "later.ts").write_text(
        'import { late } from "awaits-again";\nexport const later = late + 1;\n'
    )
    assert edited.ok('import { later } from "./later"\nlater').result == "6"


@pytest.mark.parametrize(
    ("file", "text", "specifier", "shown"),
    [
        ("common.js", "exports.value = 1; exports.call = function (a) { return a };\n", "common", "1"),
        ("common-too.js", "exports.value = 2;\n", "common-too.js", "2"),
        ("module.js", "export const value = 3; export function call(a) { return a }\n", "module", "3"),
        ("module.mjs", "export const value = 4;\n", "module.mjs", "4"),
        ("common.cjs", "exports.value = 5;\n", "common.cjs", "5"),
        ("jsx.tsx", "export const value = ((x: number) => <T,>(y: T) => x)(6)(0);\n", "jsx", "6"),
        ("typed.mts", "export const value: number = 7;\n", "typed.mjs", "7"),
        ("typed-too.mts", "export const value: number = 8;\n", "typed-too.mts", "8"),
        ("typed.cts", "export const value: number = 9;\n", "typed.cjs", "9"),
        ("whole.ts", "export const value: number = 10;\n", "whole.ts", "10"),
    ],
)
def test_files_of_every_kind(edited: FrontEnd, helpers: Copy, file: str, text: str, specifier: str, shown: str) -> None:
    helpers.helper(f"kinds/{file}", text)
    code = f'import {{ value }} from "../helpers/kinds/{specifier}"\nvalue'
    assert edited.ok(code).result == shown
    helpers.helper(f"kinds/{file}", f"{text}\n// edited\n".replace(shown, f"{shown}5"))
    assert edited.ok(code).result == f"{shown}5"


def test_a_helper_that_became_a_folder(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("grows.ts", "export const form = 'file';\n")
    code = 'import { form } from "../helpers/grows"\nform'
    assert edited.ok(code).result == "'file'"
    (helpers.helpers / "grows.ts").unlink()
    helpers.helper("grows/index.ts", "export const form = 'folder';\n")
    assert edited.ok(code).result == "'folder'"


def test_a_helper_may_await_at_top_level(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("awaiting.ts", "export const late = await Promise.resolve(1);\nconsole.log('evaluated');\n")
    helpers.helper("above.ts", 'import { late } from "./awaiting";\nexport const above = late + 10;\n')
    cell = edited.ok(
        'import { above } from "../helpers/above"\nimport { late } from "../helpers/awaiting"\n[above, late]'
    )
    assert (cell.result, cell.stdout) == ("[ 11, 1 ]", "evaluated\n")
    assert edited.ok('(await import("../helpers/awaiting")).late').result == "1"
    helpers.helper("awaiting.ts", "export const late = await Promise.resolve(2);\n")
    assert edited.ok("[above, late]").result == "[ 12, 2 ]"
    helpers.helper("required.ts", "export const late = await Promise.resolve(3);\n")
    edited.ok('const lazily = () => import("../helpers/required")')
    refused = edited.fails('require("../helpers/required")')
    assert "required.ts" in refused.error["evalue"] and "await import()" in refused.error["evalue"]
    assert edited.ok('(await lazily()).late + require("../helpers/required").late').result == "6"
    helpers.helper("awaiting.ts", "export const late = await Promise.reject(new Error('not there'));\n")
    assert edited.fails('import { late } from "../helpers/awaiting"\nlate').error["evalue"] == "not there"


@pytest.mark.parametrize("also", ["", "await null;\n"])
def test_helpers_that_import_each_other_may_await_at_top_level(edited: FrontEnd, helpers: Copy, also: str) -> None:
    name = f"circle{len(also)}"
    helpers.helper(
        f"{name}/one.ts",
        'import { two } from "./two";\nexport const one = () => two() + 1;\nawait Promise.resolve();\n',
    )
    helpers.helper(
        f"{name}/two.ts",
        f'import {{ one }} from "./one";\n{also}export const two = () => 1;\n'
        "export const both = () => one() + two();\n",
    )
    for first, second in (("one", "two"), ("two", "one")):
        cell = edited.start(
            f'import "../helpers/{name}/{first}"\nimport "../helpers/{name}/{second}"\n'
            f'import {{ both }} from "../helpers/{name}/two"\nboth()'
        )
        edited.wait(cell)
        assert cell.result == "3", cell.describe()


def test_what_a_cell_has_done_is_not_done_again_for_an_import_that_waits(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("waits.ts", "await null;\nexport const waits = 1;\n")
    cell = edited.ok('console.log("once")\nimport { waits } from "../helpers/waits"\nwaits')
    assert (cell.result, cell.stdout) == ("1", "once\n")


def test_json_may_begin_with_a_byte_order_mark(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("marked.json", '\ufeff{ "marked": 1 }')
    assert edited.ok('import data from "../helpers/marked.json"\ndata').result == "{ marked: 1 }"


def test_what_is_no_json_says_where(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("no-json.json", '\ufeff{\n "a": 1,\n "b": oops\n}')
    for code in (
        'import noJson from "../helpers/no-json.json"\nnoJson',
        'require("../helpers/no-json.json")',
        'await import("../helpers/no-json.json")',
    ):
        cell = edited.fails(code)
        assert cell.error["evalue"] == "../helpers/no-json.json:3:7 is no JSON: Unexpected token 'o'"


def test_a_workspace_package_in_typescript(edited: FrontEnd, helpers: Copy) -> None:
    source = helpers.folder / "packages" / "own"
    (source / "src").mkdir(parents=True)
    (source / "package.json").write_text('{ "name": "@own/package", "main": "src/index.ts" }')
    (source / "src" / "index.ts").write_text('import { inner } from "./inner.js";\nexport const own = inner + 1;\n')
    (source / "src" / "inner.ts").write_text("export const inner: number = 1;\n")
    linked = helpers.notebooks / "node_modules" / "@own" / "package"
    linked.parent.mkdir(parents=True)
    linked.symlink_to(source)
    code = 'import { own } from "@own/package"\nown'
    assert edited.ok(code).result == "2"
    (source / "src" / "inner.ts").write_text("export const inner: number = 10;\n")
    assert edited.ok(code).result == "11"


def test_packages_and_types_may_come_while_the_kernel_runs(edited: FrontEnd, helpers: Copy) -> None:
    code = 'import { text } from "comes"\nconst number: number = text; number'
    assert "TS2307" in edited.fails(code).traceback
    package(helpers, "comes", {"index.js": "exports.text = 'text';\n"})
    assert edited.ok(code).result == "'text'"
    package(helpers, "@types/comes", {"index.d.ts": "export const text: string;\n"}, types="index.d.ts")
    assert "TS2322" in edited.fails(code).traceback


def test_later_cells_and_closures_have_the_functions_of_an_edited_helper(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("edits.ts", "export const say = () => 'old';\nexport default class Kind { n = 1 }\n")
    edited.ok(
        'import Kind, { say } from "../helpers/edits"\nimport * as edits from "../helpers/edits"\n'
        "const closure = () => [say(), new Kind().n]"
    )
    assert edited.ok("[say(), edits.say(), new Kind().n]").result == "[ 'old', 'old', 1 ]"
    helpers.helper("edits.ts", "export const say = () => 'new', more = 1;\nexport default class Kind { n = 2 }\n")
    assert edited.ok("[say(), edits.say(), new Kind().n, edits.more]").result == "[ 'new', 'new', 2, 1 ]"
    assert edited.ok("closure()").result == "[ 'new', 2 ]"
    helpers.helper("edits.ts", "export const say = () => wrong;\nexport default class Kind { n = 2 }\n")
    assert edited.ok("'another cell'").result == "'another cell'"
    assert "helpers/edits.ts:1:26" in edited.fails("say()").traceback
    helpers.helper("edits.ts", "export const say = () => 'mended';\nexport default class Kind { n = 2 }\n")
    assert edited.ok("({ say }).say()").result == "'mended'"


def test_an_edited_helper_is_evaluated_by_the_cell_that_uses_it(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("prints.ts", "export const prints = 1;\nconsole.log('first');\n")
    assert edited.ok('import { prints } from "../helpers/prints"\nprints').stdout == "first\n"
    helpers.helper("prints.ts", "export const prints = 2;\nconsole.log('second');\n")
    assert edited.ok("'unconcerned'").stdout == ""
    assert edited.ok("const copied = prints; copied").stdout == "second\n"
    assert edited.ok("[prints, copied]").stdout == ""


def test_what_is_imported_is_live_in_later_cells(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper(
        "counter.ts", "export let count = 0;\nexport function add() { count += 1 }\nexport { count as n };\n"
    )
    edited.ok('import { add, count, n } from "../helpers/counter"\nimport * as counter from "../helpers/counter"')
    edited.ok("add(); add()")
    assert edited.ok("[count, n, counter.count, { count }]").result == "[ 2, 2, 2, { count: 2 } ]"
    edited.ok("const count = 'mine'; add()")
    assert edited.ok("[count, n]").result == "[ 'mine', 3 ]"


def test_a_cell_knows_where_it_is(copy: Copy, launch: Launch) -> None:
    front_end = launch(copy.notebooks, copy.kernelspecs, env={**os.environ, "JPY_SESSION_NAME": "folder/01-here.ipynb"})
    folder = str(copy.notebooks)
    file = f"{folder}/01-here.ipynb"
    assert front_end.ok("console.log([__dirname, __filename].join())").stdout == f"{folder},{file}\n"
    shown = front_end.ok("console.log([import.meta.dirname, import.meta.filename, import.meta.url].join())").stdout
    assert shown == f"{folder},{file},file://{file}\n"
    helper = copy.helpers / "socket.ts"
    assert front_end.ok('console.log(require.resolve("../helpers/socket"))').stdout == f"{helper}\n"


@pytest.mark.parametrize(
    "statement",
    [
        'import taken from "../helpers/socket"; taken',
        'import { default as taken } from "../helpers/socket"; taken',
        'import taken, { socket } from "../helpers/socket"; taken; socket',
        "export { default } from '../helpers/socket'",
    ],
)
def test_a_default_export_that_a_helper_has_not_is_an_error(kernel: FrontEnd, statement: str) -> None:
    """Also of a helper of which only the declarations were read."""
    assert "'\"../helpers/socket\"' has no default export" in kernel.fails(statement).error["evalue"]
    assert kernel.ok('import { socket as opens } from "../helpers/socket"; typeof opens').result == "'function'"
