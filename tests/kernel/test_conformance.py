"""Jupyter's own tests of a kernel, all but the one of the pager, which this kernel has no use for."""

import os

import jupyter_kernel_test
from front_end import REPOSITORY
from jupyter_client.manager import start_new_kernel


class TestKernel(jupyter_kernel_test.KernelTests):
    kernel_name = os.environ.get("KERNEL_NAME", "tslab")
    language_name = "typescript"
    file_extension = ".ts"

    code_hello_world = 'console.log("hello, world")'
    code_stderr = 'console.error("oops")'
    completion_samples = [  # noqa: RUF012
        {"text": "JSON.str", "matches": ["stringify"]},
        {"text": "const {isIPv6} = require('node:net'); 'ab'.charCodeA", "matches": ["charCodeAt"]},
        {"text": "import * as net from 'node:net'; net.isIPv", "matches": ["isIPv4", "isIPv6"]},
    ]
    complete_code_samples = [  # noqa: RUF012
        "",
        "1",
        "const answer: number = 42;",
        "function f(): void {\n}",
        "await Promise.resolve(1)",
        "for await (const x of []) {\n}",
        "const t = `two\nlines`",
        "interface Point {\n  x: number\n}",
        "// a comment",
        'import * as net from "node:net"',
    ]
    incomplete_code_samples = [  # noqa: RUF012
        "function f(",
        "function f() {",
        "if (true) {\n  console.log(1)",
        "const t = `two",
        "[1, 2,",
        "/* a comment",
        "class Point {\n  x = 1",
        "import {",
    ]
    invalid_code_samples = [  # noqa: RUF012
        "const = 1",
        "const x = ;",
        ")",
        "let let = 1; 2 +* 3",
        "if (true) } {",
        "'an open string\n",
        "class { constructor( } )",
    ]
    code_generate_error = 'throw new Error("as it should")'
    code_execute_result = [  # noqa: RUF012
        {"code": "1 + 2", "result": "3"},
        {"code": "[1, 'b', { c: 3 }]", "result": "[ 1, 'b', { c: 3 } ]"},
        {"code": "await Promise.resolve('later')", "result": "'later'"},
        {"code": "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<b>5</b>' }) })", "mime": "text/html"},
    ]
    code_display_data = [  # noqa: RUF012
        {"code": "import { display } from 'tslab'; display.html('<b>bold</b>')", "mime": "text/html"},
        {"code": "import { newDisplay } from 'tslab'; newDisplay().svg('<svg/>')", "mime": "image/svg+xml"},
    ]
    code_history_pattern = "1?+*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "JSON.stringify"
    code_clear_output = (
        "import { currentCell } from '../interface/cell';\nconsole.log('gone'); currentCell()?.clearOutput()"
    )
    test_pager = None

    @classmethod
    def setUpClass(cls) -> None:
        # In the folder of the lessons, from which they import what lies beside it.
        cls.km, cls.kc = start_new_kernel(kernel_name=cls.kernel_name, cwd=str(REPOSITORY / "notebooks"))


class TestWelcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = os.environ.get("KERNEL_NAME", "tslab")
    support_iopub_welcome = True
