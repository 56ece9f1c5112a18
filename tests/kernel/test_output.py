"""What a cell prints."""

import json
import re

import pytest
from front_end import FrontEnd, Gate


def test_output_arrives_in_order_on_its_stream(kernel: FrontEnd) -> None:
    cell = kernel.ok(
        "console.log('a'); console.error('b'); process.stdout.write('c'); "
        "console.warn('%s-%d', 'd', 5); console.info([1]);"
        "process.stderr.write(Buffer.from('é'), () => console.log('written')); "
        "console.table([{ x: 1 }]); console.dir({ y: 2 })"
    )
    kernel.until(lambda: "written" in cell.stdout, "the callback of write")
    assert cell.stdout.startswith("a\nc[ 1 ]\n")
    assert "│ x" in cell.stdout and "{ y: 2 }" in cell.stdout
    assert cell.stderr == "b\nd-5\né"
    texts = [content["text"] for content in cell.contents("stream")]
    assert texts[:3] == ["a\n", "b\n", "c"]


def test_characters_are_whole_however_they_were_written(kernel: FrontEnd) -> None:
    cell = kernel.ok(
        "for (const octet of Buffer.from('😀é')) process.stdout.write(Buffer.from([octet]));\n"
        "process.stdout.write('e9', 'hex'); process.stdout.write('8J+YgA==', 'base64'); "
        "process.stdout.write('\\ud800|')"
    )
    assert "😀é" in cell.stdout
    cell.stdout.encode()


def test_half_a_character_does_not_reach_the_front_end(kernel: FrontEnd) -> None:
    """A lone surrogate is no Unicode text: a notebook that holds one cannot be stored."""
    for code in (
        "console.log('\\ud83d')",
        "'\\udc00'",
        "throw new Error('\\ud83d')",
        "process.stdout.write('😀'.repeat(2_500_000).slice(1))",
        "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '\\ud83d' }) })",
    ):
        cell = kernel.run(code)
        json.dumps([message["content"] for message in [*cell.iopub, *cell.replies]], ensure_ascii=False).encode()


def test_output_flows_while_a_loop_computes(kernel: FrontEnd) -> None:
    cell = kernel.start("for (let n = 0; ; n++) if (n % 1000 === 0) console.log(n)")
    kernel.until(lambda: cell.stdout.count("\n") > 3, "output")
    assert not cell.done
    kernel.interrupt()
    kernel.wait(cell)


def test_output_before_a_blocking_call_is_seen(kernel: FrontEnd, gate: Gate) -> None:
    waits = f"until [ -e '{gate.file}' ]; do sleep 0.05; done"
    cell = kernel.start(
        'import { execFileSync } from "node:child_process";\n'
        f'console.log("before"); execFileSync("sh", ["-c", {json.dumps(waits)}])'
    )
    kernel.until(lambda: cell.stdout == "before\n", "what was printed before the call")
    assert not cell.done
    gate.open()
    kernel.wait(cell)


def test_a_flood_on_stderr_and_one_that_comes_late_are_bounded(kernel: FrontEnd) -> None:
    errors = kernel.ok("for (let n = 0; n < 500_000; n++) console.error('e'.repeat(99))")
    assert len(errors.stderr) < 10_000_000
    late = kernel.ok("setTimeout(() => { for (let n = 0; n < 500_000; n++) console.log('l'.repeat(99)) }, 50); 0")
    kernel.until(lambda: len(late.stdout) > 100_000, "the late flood")
    kernel.ok("await new Promise(resolve => setTimeout(resolve, 500))")
    kernel.quiet(0.5)
    assert len(late.stdout) < 10_000_000
    assert "not shown" in late.stderr


def test_a_flood_of_errors_and_of_displays_is_bounded(kernel: FrontEnd) -> None:
    rejections = kernel.ok("for (let n = 0; n < 50_000; n++) Promise.reject(new Error(`number ${n}`)); 0")
    kernel.ok("await new Promise(resolve => setTimeout(resolve, 100))")
    kernel.quiet(0.5)
    assert 1 <= len(rejections.errors) < 10_000
    displays = kernel.run(
        'import { display } from "tslab"; for (let n = 0; n < 50_000; n++) display.text("x".repeat(1000))'
    )
    shown = sum(len(content["data"]["text/plain"]) for content in displays.contents("display_data"))
    assert shown < 20_000_000
    assert kernel.ok("'still here'").result == "'still here'"


def test_an_error_of_any_length_is_bounded(kernel: FrontEnd) -> None:
    cell = kernel.fails("throw new Error('long '.repeat(20_000_000))")
    assert len(cell.error["evalue"]) + len("".join(cell.error["traceback"])) < 10_000_000


def test_ten_cells_of_late_output_do_not_mix(kernel: FrontEnd) -> None:
    cells = [
        kernel.ok(
            f"const beat{n} = setInterval(() => console.log('{n}'), 5); "
            f"setTimeout(() => clearInterval(beat{n}), 400); 0"
        )
        for n in range(10)
    ]
    kernel.until(lambda: all(cell.stdout for cell in cells), "a line of each")
    kernel.ok("await new Promise(resolve => setTimeout(resolve, 500))")
    kernel.quiet(0.3)
    for n, cell in enumerate(cells):
        assert set(cell.stdout.split()) == {str(n)}


def test_what_a_server_lets_through_is_what_is_printed(kernel: FrontEnd) -> None:
    """A Jupyter server drops text beyond 3,000,000 octets in 3 seconds, whole messages at a time."""
    for text in ("'x'.repeat(5_000_000)", "'語'.repeat(5_000_000)", "'語\\n'.repeat(2_500_000)"):
        cell = kernel.ok(f"process.stdout.write({text}); 0")
        streams = cell.contents("stream")
        octets = sum(len(json.dumps(content, ensure_ascii=False).encode()) + 1000 for content in streams)
        assert len(cell.stdout) > 800_000 and octets < 3_000_000
        assert "not shown" in cell.stderr


def test_one_display_is_bounded(kernel: FrontEnd) -> None:
    large = "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': 'x'.repeat(50_000_000) }) })"
    for code in (
        large,
        "import { display } from 'tslab'; display.html('x'.repeat(50_000_000))",
        "import { newDisplay } from 'tslab'; const updated = newDisplay(); updated.text('small'); "
        "updated.html('x'.repeat(50_000_000))",
    ):
        cell = kernel.ok(code)
        assert sum(len(json.dumps(message["content"])) for message in cell.iopub) < 20_000_000
        assert re.search(r"shown more than \d+", cell.stderr), cell.stderr


INHERITED = {
    "spawn": "await once(child.spawn('sh', ['-c', print], { stdio: 'inherit' }), 'close')",
    "spawn with descriptors": "await once(child.spawn('sh', ['-c', print], { stdio: ['ignore', 1, 2] }), 'close')",
    "spawn with streams": (
        "await once(child.spawn('sh', ['-c', print], { stdio: ['ignore', process.stdout, process.stderr] }), 'close')"
    ),
    "spawnSync": "child.spawnSync('sh', ['-c', print], { stdio: 'inherit' })",
    "execSync": "child.execSync(print, { stdio: ['ignore', 'inherit', 2] })",
    "execFileSync": "child.execFileSync('sh', ['-c', print], { stdio: 'inherit' })",
    "writeSync": "writeSync(1, 'out\\n'); writeSync(2, Buffer.from('-err\\n-'), 1, 4)",
}


@pytest.mark.parametrize("how", INHERITED)
def test_what_goes_to_the_kernels_own_output_comes_under_the_cell(kernel: FrontEnd, how: str) -> None:
    cell = kernel.ok(
        "import * as child from 'node:child_process'; import { once } from 'node:events'; "
        "import { writeSync } from 'node:fs';\n"
        f"const print = 'echo out; echo err >&2'; {INHERITED[how]}; undefined"
    )
    assert (cell.stdout, cell.stderr) == ("out\n", "err\n")


def test_a_child_that_is_waited_for_may_inherit_one_stream_only(kernel: FrontEnd) -> None:
    cell = kernel.ok(
        "import { spawnSync } from 'node:child_process';\n"
        "const stdio = ['ignore', 'pipe', 'inherit'] as const;\n"
        "const ended = spawnSync('sh', ['-c', 'echo out; echo err >&2; exit 3'], { stdio: [...stdio] });\n"
        "[ended.status, String(ended.stdout), ended.stderr]"
    )
    assert (cell.result, cell.stdout, cell.stderr) == ("[ 3, 'out\\n', null ]", "", "err\n")
