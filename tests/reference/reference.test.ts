/**
 * The reference that is committed: complete, up to date, and without a link to nowhere.
 *
 * @module
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, test } from "node:test";
import { REFERENCE, writeReference } from "../../tools/reference";

const made = mkdtempSync(join(tmpdir(), "reference-"));
after(() => rmSync(made, { recursive: true }));

const pagesIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => [name, readFileSync(join(folder, name), "utf8")]);

test("every public function, class, member, type and parameter is explained", async () => {
  assert.deepEqual(await writeReference(made), []);
});

test("the reference says what the comments say; otherwise: make reference", () => {
  assert.deepEqual(pagesIn(REFERENCE), pagesIn(made));
});

test("there is a page for each module that a notebook imports", () => {
  const files = readdirSync(resolve(__dirname, "../../helpers"));
  const modules = files.filter((name) => name.endsWith(".ts"));
  const pages = modules.map((name) => name.replace(/ts$/, "md"));
  const found = pagesIn(REFERENCE).map(([name]) => name);
  assert.deepEqual(found, ["README.md", ...pages].sort());
});

test("each link of the reference leads to a page, and to an anchor in it", () => {
  const dead = pagesIn(REFERENCE).flatMap(([name, text]) => {
    const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link);
    return links
      .filter((link) => !leadsSomewhere(join(REFERENCE, name), link))
      .map((link) => `${name}: ${link}`);
  });
  assert.deepEqual(dead, []);
});

function leadsSomewhere(page: string, link: string): boolean {
  const [path, anchor] = link.split("#");
  const target = path === "" ? page : resolve(dirname(page), path);
  if (!existsSync(target)) return false;
  return anchor === undefined || readFileSync(target, "utf8").includes(`<a id="${anchor}"></a>`);
}
