"""Helpers that change while the kernel runs."""

import pytest
from conftest import Copy
from front_end import FrontEnd, check_no_machine_path
from places import frames, line, lines, place, positions


def test_a_changed_helper_is_new_in_the_next_cell(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("greeting.ts", "export const greet = (): string => 'hello';\n")
    assert edited.ok('import { greet } from "../helpers/greeting"\ngreet()').result == "'hello'"
    for text in ("goodbye", "welcome back", "hello"):
        helpers.helper("greeting.ts", f"export const greet = (): string => '{text}';\n")
        assert edited.ok('import { greet } from "../helpers/greeting"\ngreet()').result == f"'{text}'"
    helpers.helper("greeting.ts", "export const greet = (name: string): string => `hello ${name}`;\n")
    assert "TS2554" in edited.fails('import { greet } from "../helpers/greeting"\ngreet()').traceback
    assert edited.ok('import { greet } from "../helpers/greeting"\ngreet("you")').result == "'hello you'"


def test_a_changed_helper_of_a_helper_is_new_in_the_next_cell(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("deep/base.ts", "export const base = 1;\n")
    helpers.helper("deep/middle.ts", 'export { base } from "./base";\nexport const middle = "m";\n')
    helpers.helper(
        "deep/index.ts", 'import { base, middle } from "./middle";\nexport const top = () => `${middle}${base}`;\n'
    )
    code = 'import { top } from "../helpers/deep"\ntop()'
    assert edited.ok(code).result == "'m1'"
    helpers.helper("deep/base.ts", "export const base = 22;\n")
    assert edited.ok(code).result == "'m22'"
    helpers.helper("deep/base.ts", "export const base: string = 'three';\n")
    assert edited.ok(code).result == "'mthree'"
    helpers.helper("deep/middle.ts", 'export { base } from "./base";\nexport const middle = "changed";\n')
    assert edited.ok(code).result == "'changedthree'"


def test_an_unchanged_helper_keeps_its_state(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("state.ts", "export const state = { n: 0 };\nconsole.log('evaluated');\n")
    helpers.helper("other.ts", "export const other = 1;\n")
    assert edited.ok('import { state } from "../helpers/state"\nstate.n += 1').stdout == "evaluated\n"
    helpers.helper("other.ts", "export const other = 2;\n")
    again = edited.ok(
        'import { state } from "../helpers/state"\nimport { other } from "../helpers/other"\n[state.n, other]'
    )
    assert (again.result, again.stdout) == ("[ 1, 2 ]", "")


def test_errors_of_a_helper_name_its_file_and_line(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper(
        "thrower.ts",
        "type Gone = number;\n\nexport function fail(n: Gone): never {\n  throw new Error(`no ${n}`);\n}\n",
    )
    cell = edited.fails('import { fail } from "../helpers/thrower"\nfail(1)')
    assert frames(cell)[0] == "fail (helpers/thrower.ts:4:9)"
    assert lines(cell) == ["helpers/thrower.ts:4", line(cell, 2)]
    helpers.helper(
        "thrower.ts",
        "// moved\n\n\nexport async function fail(n: number) {\n  await null;\n  throw new Error(`no ${n}`);\n}\n",
    )
    cell = edited.fails('import { fail } from "../helpers/thrower"\nawait fail(1)')
    assert positions(cell)[0] == "helpers/thrower.ts:6:9" and lines(cell)[-1] == line(cell, 2)
    helpers.helper("thrower.ts", "export const fail = () => {};\n\nthrow new Error('while it is loaded');\n")
    cell = edited.fails('import { fail } from "../helpers/thrower"\nfail()')
    assert frames(cell)[0] == "helpers/thrower.ts:3:7"
    helpers.helper("thrower.ts", "export const fail = () => 'mended';\n")
    assert edited.ok('import { fail } from "../helpers/thrower"\nfail()').result == "'mended'"


def test_type_errors_of_helpers_are_shown_in_their_file(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("inner.ts", "export const inner: number = 'no number';\n")
    helpers.helper("outer.ts", 'import { inner } from "./inner";\n\nexport const outer: string = inner;\n')
    cell = edited.fails('import { outer } from "../helpers/outer"\nouter; const wrong: boolean = 5')
    for text in ("helpers/inner.ts:1:14", "helpers/outer.ts:3:14", f"{place(cell, 2, 14)}", "~~~~~"):
        assert text in cell.traceback
    assert cell.traceback.count("TS2322") == 3
    check_no_machine_path(cell.traceback)
    assert str(helpers.folder) not in cell.traceback
    helpers.helper("inner.ts", "export const inner = 'text';\n")
    assert edited.ok('import { outer } from "../helpers/outer"\nouter').result == "'text'"
    helpers.helper("inner.ts", "export const inner = ;\n")
    assert "helpers/inner.ts:1:22" in edited.fails('import { outer } from "../helpers/outer"\nouter').traceback


def test_a_helper_that_is_missing_may_come_and_one_that_is_there_may_go(edited: FrontEnd, helpers: Copy) -> None:
    code = 'import { here } from "../helpers/late"\nhere'
    assert "TS2307" in edited.fails(code).traceback
    helpers.helper("late.ts", "export const here = 'now';\n")
    assert edited.ok(code).result == "'now'"
    (helpers.helpers / "late.ts").unlink()
    assert "TS2307" in edited.fails(code).traceback
    helpers.helper("late.ts", "export const here = 'again';\n")
    assert edited.ok(code).result == "'again'"


def test_helpers_are_imported_dynamically_and_in_circles(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("left.ts", 'import { right } from "./right";\nexport const left = () => `l${right}`;\n')
    helpers.helper(
        "right.ts", 'import { left } from "./left";\nexport const right = "r";\nexport const both = () => left();\n'
    )
    assert edited.ok('import { both } from "../helpers/right"\nboth()').result == "'lr'"
    helpers.helper("lazy.ts", "export const lazy = 1;\n")
    assert edited.ok('const lazily = await import("../helpers/lazy"); lazily.lazy').result == "1"
    helpers.helper("lazy.ts", "export const lazy = 22;\n")
    assert edited.ok('(await import("../helpers/lazy")).lazy').result == "22"
    helpers.helper("indirect.ts", 'export const indirect = async () => (await import("./lazy")).lazy;\n')
    assert edited.ok('import { indirect } from "../helpers/indirect"\nawait indirect()').result == "22"
    helpers.helper("script.js", "exports.plain = 'javascript';\n")
    assert edited.ok('const { plain } = require("../helpers/script.js"); plain').result == "'javascript'"


def test_what_is_no_json_names_its_file(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("broken.json", '{"name": first}')
    cell = edited.run('const broken = require("../helpers/broken.json"); broken')
    assert cell.reply["status"] == "error"
    assert "../helpers/broken.json" in cell.error["evalue"], cell.error


def test_json_is_imported_and_may_change(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("data.json", '{"name": "first", "list": [1, 2]}')
    code = 'import data from "../helpers/data.json"\n[data.name, data.list.length]'
    assert edited.ok(code).result == "[ 'first', 2 ]"
    helpers.helper("data.json", '{"name": "second", "list": []}')
    assert edited.ok(code).result == "[ 'second', 0 ]"
    helpers.helper("reads.ts", 'import data from "./data.json";\nexport const name = data.name;\n')
    assert edited.ok('import { name } from "../helpers/reads"\nname').result == "'second'"


def test_helpers_have_default_exports_and_classes(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("both.ts", "export default class Main { readonly kind = 'main' }\nexport const side = 's';\n")
    assert (
        edited.ok('import Main, { side } from "../helpers/both"\n[new Main().kind, side]').result == "[ 'main', 's' ]"
    )
    assert (
        edited.ok('import Other, * as both from "../helpers/both"\n[both.default === Other, both.side]').result
        == "[ true, 's' ]"
    )
    assert edited.ok("class Sub extends Main { own = 1 }\nnew Sub().kind").result == "'main'"


def test_an_endless_loop_in_a_helper_is_interrupted(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("endless.ts", "export function forever(): never {\n  for (;;);\n}\n")
    cell = edited.stop('import { forever } from "../helpers/endless"\nconsole.log("in"); forever()')
    assert cell.reply["status"] == "error"
    assert edited.ok("'next'").result == "'next'"


DIRECTIVE = '"use deferred interrupts";\n'


def test_a_copy_of_a_helper_is_interrupted_as_long_as_it_does_not_say_otherwise(
    edited: FrontEnd, helpers: Copy
) -> None:
    ours = (helpers.helpers / "posix" / "tcp-states.ts").read_text()
    assert ours.count(DIRECTIVE) == 1
    helpers.helper("posix/copied.ts", f"{ours.replace(DIRECTIVE, '')}\nexport function forever() {{ for (;;); }}\n")
    cell = edited.stop('import { forever } from "../helpers/posix/copied"\nconsole.log("in"); forever()')
    assert "interrupt" in cell.error["evalue"]


@pytest.mark.parametrize("directive", ["", DIRECTIVE])
def test_a_helper_that_defers_interrupts_finishes_what_it_has_begun(
    edited: FrontEnd, helpers: Copy, directive: str
) -> None:
    end = helpers.folder / f"end-{len(directive)}"
    helpers.helper(
        "whole.ts",
        f'{directive}import {{ existsSync }} from "node:fs";\n'
        "export function whole(file: string): string { while (!existsSync(file)); return 'whole' }\n",
    )
    cell = edited.start(
        'import { whole } from "../helpers/whole"\nlet got = ""; console.log("in");\n'
        f"got = whole({str(end)!r}); while (true) {{}}"
    )
    edited.until(lambda: cell.stdout, "its output")
    edited.interrupt()
    if directive:
        assert not cell.replies
    else:
        edited.wait(cell)
    end.touch()
    edited.wait(cell)
    assert "interrupt" in cell.error["evalue"]
    assert edited.ok("got").result == ("'whole'" if directive else "''")


def test_the_directive_is_nothing_to_a_cell(edited: FrontEnd) -> None:
    cell = edited.stop(f"{DIRECTIVE}console.log('in'); for (;;);")
    assert "interrupt" in cell.error["evalue"]


def test_a_forgotten_await_in_a_helper_is_named(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper(
        "forgets.ts",
        'import { readFile } from "node:fs/promises";\n\n'
        'export function visit(): void {\n  readFile("/nowhere/at/all");\n}\n',
    )
    cell = edited.ok('import { visit } from "../helpers/forgets"\nvisit()')
    edited.until(lambda: cell.errors, "the error")
    assert positions(cell)[-1] == "helpers/forgets.ts:4:3"


def test_late_output_of_helpers_goes_to_the_cell_that_called_them(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("logger.ts", "export const log = (text: string) => void setTimeout(() => console.log(text), 200);\n")
    first = edited.ok('import { log } from "../helpers/logger"\nlog("one")')
    second = edited.ok('log("two")')
    edited.until(lambda: first.stdout and second.stdout, "both lines")
    assert (first.stdout, second.stdout) == ("one\n", "two\n")
