"""Options of the reader's tsconfig.json: those that say what TypeScript means hold for cells and for helpers."""

import json
from collections.abc import Iterator

import pytest
from conftest import Copy, Launch
from front_end import REPOSITORY, FrontEnd

OURS = json.loads((REPOSITORY / "tsconfig.json").read_text())


def configure(copy: Copy, **options: object) -> None:
    """Writes a tsconfig.json with these options beside our own."""
    text = json.dumps({**OURS, "compilerOptions": {**OURS["compilerOptions"], **options}})
    (copy.folder / "tsconfig.json").write_text(text)


@pytest.fixture
def configured(edited: FrontEnd, helpers: Copy) -> Iterator[FrontEnd]:
    """`edited`, whose tsconfig.json a test may write; the next test finds our own."""
    yield edited
    configure(helpers)


@pytest.mark.parametrize(
    "options",
    [
        {"emitDeclarationOnly": True},
        {"outFile": "all.js"},
        {"declarationMap": True, "sourceMap": True, "inlineSources": True},
        {"declaration": False},
        {"composite": True, "tsBuildInfoFile": "here"},
        {"incremental": True},
        {"noResolve": True},
        {"noLib": True},
        {"noEmitHelpers": True, "importHelpers": True, "emitBOM": True},
        {"isolatedModules": True},
        {"isolatedDeclarations": True},
        {"verbatimModuleSyntax": True},
        {"rewriteRelativeImportExtensions": True},
        {"jsx": "preserve"},
    ],
    ids=lambda options: ",".join(options),
)
def test_options_of_what_is_emitted_do_not_reach_cells(
    configured: FrontEnd, helpers: Copy, options: dict[str, object]
) -> None:
    helpers.helper("five.ts", "export const five: number = 5;\nexport const enum Six { six = 6 }\n")
    configure(helpers, **options)
    declared = configured.ok(
        'import { five, Six } from "../helpers/five"\nconst seven = 7; interface All { all: number[] }\n'
        "class Holds { held: All = { all: [five, Six.six, seven] } }"
    )
    assert declared.stderr == ""
    assert configured.ok("const all: All = new Holds().held; [...all.all, seven]").result == "[ 5, 6, 7, 7 ]"


CLASSES = """
function kind(_: unknown, key: unknown): any { seen.push(typeof key) }
class Decorated { @kind field = 1 }
class Base { set field(_: number) { seen.push("set") } }
// @ts-ignore
class Derived extends Base { field = 5 }
new Derived();
"""


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        ({}, "[ 'object' ]"),
        ({"experimentalDecorators": True}, "[ 'string' ]"),
        ({"useDefineForClassFields": False}, "[ 'object', 'set' ]"),
        ({"target": "es2017"}, "[ 'object', 'set' ]"),
        ({"target": "es2017", "useDefineForClassFields": True}, "[ 'object' ]"),
    ],
    ids=str,
)
def test_cells_and_helpers_have_the_same_classes_and_decorators(
    configured: FrontEnd, helpers: Copy, options: dict[str, object], seen: str
) -> None:
    helpers.helper("classes.ts", f"export const seen: string[] = [];{CLASSES}")
    configure(helpers, **options)
    assert configured.ok('import { seen as inHelper } from "../helpers/classes"\ninHelper').result == seen
    assert configured.ok(f"const seen: string[] = [];{CLASSES}\nseen").result == seen


def test_decorators_in_cells_and_helpers_know_types(configured: FrontEnd, helpers: Copy) -> None:
    configure(helpers, experimentalDecorators=True, emitDecoratorMetadata=True)
    text = (
        "const types: string[] = []\n"
        "Object.assign(Reflect, { metadata: (_: string, type: Function) => () => { types.push(type.name) } })\n"
        "const marked = (_: object, _key: string) => {}\nclass Typed { @marked n!: number }\n"
    )
    helpers.helper("typed.ts", f"{text}export {{ types }};\n")
    assert configured.ok('import { types as inHelper } from "../helpers/typed"\ninHelper').result == "[ 'Number' ]"
    assert configured.ok(f"{text}types").result == "[ 'Number' ]"


def test_jsx_of_helpers_is_made_by_the_readers_options(configured: FrontEnd, helpers: Copy) -> None:
    helpers.helper(
        "shown.tsx",
        "declare global { namespace JSX { interface IntrinsicElements { p: object } } }\n"
        "const make = (name: string) => `<${name}>`;\nexport const shown = (<p />) as unknown as string;\n",
    )
    configure(helpers, jsx="react", jsxFactory="make")
    assert configured.ok('import { shown } from "../helpers/shown"\nshown').result == "'<p>'"


def test_paths_that_pass_the_check_are_found_when_the_cell_runs(configured: FrontEnd, helpers: Copy) -> None:
    helpers.helper("under/one.ts", 'import { two } from "@under/two";\nexport const one = two - 1;\n')
    helpers.helper("under/two.ts", "export const two = 2;\n")
    helpers.helper("under/three.json", '{ "three": 3 }')
    helpers.helper("under/four/index.js", "exports.four = 4;\n")
    configure(helpers, paths={"@under/*": ["./helpers/under/*"], "three": ["./helpers/under/three.json"]})
    assert configured.ok('import { one } from "@under/one"\none').result == "1"
    assert configured.ok('import three from "three"\nthree').result == "{ three: 3 }"
    assert configured.ok('import { four } from "@under/four"\nfour').result == "4"
    assert configured.ok('(await import("@under/two")).two').result == "2"
    helpers.helper("under/two.ts", "export const two = 22;\n")
    assert configured.ok('import { one } from "@under/one"\none').result == "21"


def test_an_edited_tsconfig_holds_for_the_next_cell(configured: FrontEnd, helpers: Copy) -> None:
    helpers.helper("nothing.ts", "export const nothing: number = null;\n")
    code = 'import { nothing } from "../helpers/nothing"\nconst none: number = null; [none, nothing]'
    configured.ok("let kept = 'as it is'")
    for _ in range(2):
        configure(helpers, strict=False)
        assert configured.ok(code).result == "[ null, null ]"
        configure(helpers, strict=True)
        assert configured.fails(code).traceback.count("TS2322") == 2
    assert configured.ok("kept").result == "'as it is'"


def test_the_nearest_tsconfig_may_come_and_go(configured: FrontEnd, helpers: Copy) -> None:
    configure(helpers, strict=False)
    code = "const none: number = null; none"
    assert configured.ok(code).result == "null"
    nearer = helpers.notebooks / "tsconfig.json"
    nearer.write_text('{ "extends": "../tsconfig.json", "compilerOptions": { "strict": true } }')
    configured.fails(code)
    nearer.unlink()
    assert configured.ok(code).result == "null"


def test_a_tsconfig_that_is_no_json_is_said_once(configured: FrontEnd, helpers: Copy) -> None:
    configure(helpers, strict=False)
    configured.ok("0")
    (helpers.folder / "tsconfig.json").write_text('{ "compilerOptions": {\n  "strict": true')
    cell = configured.ok("const none: number = null; none")
    assert cell.stderr.startswith("[tsconfig.json:2:") and cell.stderr.count("\n") == 1
    assert "no JSON" in cell.stderr and "the options that they had" in cell.stderr
    assert cell.result == "null"
    assert configured.ok("1").stderr == ""


def test_a_kernel_starts_with_a_tsconfig_that_is_no_json(copy: Copy, launch: Launch) -> None:
    (copy.folder / "tsconfig.json").write_text("strict = true")
    front_end = launch(copy.notebooks, copy.kernelspecs)
    cell = front_end.fails("const none: number = null; none")
    assert "TS2322" in cell.traceback
    assert cell.stderr.startswith("[tsconfig.json:1:1 is no JSON") and "the default options" in cell.stderr
    assert front_end.ok("1 + 1").stderr == ""


def test_an_error_that_an_option_makes_names_no_place_of_this_machine(configured: FrontEnd, helpers: Copy) -> None:
    helpers.helper("plain.json", '{ "plain": 1 }')
    configure(helpers, allowSyntheticDefaultImports=False)
    cell = configured.fails('import plain from "../helpers/plain.json"\nplain')
    assert "allowSyntheticDefaultImports" in cell.error["evalue"]
    assert str(helpers.folder) not in cell.error["evalue"] + cell.traceback


def test_an_option_that_typescript_does_not_know_is_said(configured: FrontEnd, helpers: Copy) -> None:
    configure(helpers, strictest=True)
    cell = configured.ok("1 + 1")
    assert "Unknown compiler option 'strictest'" in cell.stderr and cell.result == "2"
    assert configured.ok("2").stderr == ""
