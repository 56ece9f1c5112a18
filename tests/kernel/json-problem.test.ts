/** What is said of a text that is no JSON: the place, whatever V8 tells of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonProblem } from "../../kernel/run/json-problem";

test("the place is where the text stops being JSON, and the problem fits on one line", () => {
  for (const [text, problem] of [
    ["", "1:1 is no JSON: Unexpected end of JSON input"],
    ['{\n "a": 1,\n "b": oops\n}', "3:7 is no JSON: Unexpected token 'o'"],
    ["[1,\r\n 01]", "2:3 is no JSON: Unexpected number"],
    ['{"a": 1', "1:8 is no JSON: Expected ',' or '}' after property value"],
    ['{"a": 1,}', "1:9 is no JSON: Expected double-quoted property name"],
    ['{"a": "x\n"}', "1:9 is no JSON: Bad control character in string literal"],
    ['["\\q"]', "1:4 is no JSON: Bad escaped character"],
    ["// text\n{}", "1:1 is no JSON: Unexpected token '/'"],
    ["[1.]", "1:4 is no JSON: Unterminated fractional number"],
    ["{}x", "1:3 is no JSON: Unexpected non-whitespace character"],
    [`[${'"abc",'.repeat(100)}oops]`, "1:602 is no JSON: Unexpected token 'o'"],
  ]) {
    assert.equal(jsonProblem(text, "file.json"), `file.json:${problem}`, text);
  }
});
