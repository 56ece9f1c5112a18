/**
 * Every example of the reference is checked as strictly as the code, and run; what it says in comments must come out.
 *
 * An example may use any public name without an import, the stand-ins below, and the ports of the texts, for which a
 * free one is put in. A comment behind a statement is what that prints, or else its value.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer as createNodeServer } from "node:net";
import { join, relative, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { format, inspect } from "node:util";
import ts from "typescript";
import { connectWithin } from "../../helpers/patience";
import { setRecording } from "../../helpers/record/record";
import { createConnection, createServer, type Socket, socket } from "../../helpers/socket";
import { type Cell, CURRENT_CELL, type MimeBundle } from "../../interface/cell";
import { REFERENCE } from "../../tools/reference";
import { exampleModule, examplesOf, exportsOf, TEXTS_PORTS } from "./example-module";

const ROOT = resolve(__dirname, "../..");
const BUILT = join(ROOT, ".build", "examples");

/** Who is at the port that an example names: where nothing is said here, a server that sends back what it gets. */
const OTHER_SIDES: Record<string, "client" | "nobody"> = {
  "createServer()": "client",
  "vacant()": "nobody",
  SystemError: "nobody",
};

/** What an example may use without saying where it is from. */
export interface StandIns {
  /** Sockets that are not connected. */
  sock: Socket;
  client: Socket;
  /** A socket that listens, at which two clients wait. */
  listener: Socket;
  /** A connection that it has accepted, with a message to be received. */
  connection: Socket;
  CONNECTIONS: number;
  serve(connection: Socket): Promise<void>;
}

const STAND_INS: (keyof StandIns)[] = [
  "sock",
  "client",
  "listener",
  "connection",
  "CONNECTIONS",
  "serve",
];

async function standIns(): Promise<StandIns> {
  const listener = await createServer(["127.0.0.1", 0]);
  const connect = () => createConnection(listener.getsockname());
  await (await connect()).sendall("This is the message.  It will be repeated.");
  const [connection] = await listener.accept();
  await Promise.all([connect(), connect()]);
  const serve = async (served: Socket) => served.close();
  return { sock: socket(), client: socket(), listener, connection, CONNECTIONS: 2, serve };
}

/** What a statement is given to that has a comment behind it. */
export interface Checks {
  /** How much has been printed before it. */
  before(): number;
  /** Compares what it has printed since, or else its value, with a comment. */
  gives(before: number, value: unknown, comment: number): void;
}

interface ExampleModule {
  example(port: number, standIns: StandIns, checks: Checks): Promise<void>;
  comments: string[];
}

// --- All of them, as modules ------------------------------------------------------------------------------------

const pages = readdirSync(REFERENCE)
  .filter((name) => name.endsWith(".md") && name !== "README.md")
  .map((name) => ({
    module: name.replace(/\.md$/, ""),
    text: readFileSync(join(REFERENCE, name), "utf8"),
  }));

const imported = new Map(
  pages.flatMap(({ module, text }) =>
    exportsOf(text).map((name) => [name, `../../helpers/${module}`] as const),
  ),
);

rmSync(BUILT, { recursive: true, force: true });
mkdirSync(BUILT, { recursive: true });

const specifier = relative(BUILT, __filename).replace(/\.ts$/, "");

const examples = pages
  .flatMap(({ module, text }) => examplesOf(text).map((example) => ({ module, example })))
  .map(({ module, example }, index) => {
    const file = join(BUILT, `${index}-${module}.ts`);
    writeFileSync(file, exampleModule(example, imported, { specifier, names: STAND_INS }));
    return { title: `${module}, ${example.of}`, of: example.of, file };
  });

test("each module has an example", () => {
  const without = pages.filter(({ text }) => examplesOf(text).length === 0);
  assert.deepEqual(
    without.map(({ module }) => module),
    [],
  );
});

test("the examples are as strictly typed as the code", () => {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const program = ts.createProgram(
    examples.map(({ file }) => file),
    options,
  );
  const wrong = examples.flatMap(({ title, file }) => {
    const source = program.getSourceFile(file);
    const found = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ];
    return found.map(
      ({ messageText }) => `${title}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
    );
  });
  assert.deepEqual(wrong, []);
});

// --- Each of them, run ------------------------------------------------------------------------------------------

for (const { title, of, file } of examples) {
  test(`${title}: the example does what it says`, { timeout: 60_000 }, async (t) => {
    const printed = runCell(t);
    const port = await otherSide(t, OTHER_SIDES[of] ?? "server");
    const { example, comments } = require(file) as ExampleModule;
    let compared = 0;
    await example(port, await standIns(), {
      before: () => printed.length,
      gives(before, value, comment) {
        compared += 1;
        const expected = comments[comment].replaceAll(TEXTS_PORTS, String(port));
        const lines = printed.slice(before);
        // A string may stand in either kind of quotes.
        const found =
          lines.length > 0 ? [lines.join("\n")] : [inspect(value), JSON.stringify(value)];
        assert.ok(found.includes(expected), `says ${expected}\nbut it is ${found[0]}`);
      },
    });
    assert.ok(compared >= comments.length, "a statement with a comment was not reached");
  });
}

/** A cell is running until the test ends, which then closes what was opened; what is printed meanwhile. */
function runCell(t: TestContext): string[] {
  const printed: string[] = [];
  const releases: (() => void | Promise<void>)[] = [];
  const cell: Cell = {
    executionCount: 1,
    signal: t.signal,
    onRerun(release) {
      releases.push(release);
      return () => {};
    },
    display: (data: MimeBundle) => printed.push(String(data["text/plain"])),
    clearOutput() {},
    removeAtEnd() {},
  };
  const kernel = globalThis as { [CURRENT_CELL]?: () => Cell };
  kernel[CURRENT_CELL] = () => cell;
  t.mock.method(console, "log", (...values: unknown[]) => printed.push(format(...values)));
  setRecording(true);
  t.after(async () => {
    delete kernel[CURRENT_CELL];
    setRecording(false);
    for (const release of releases) await release();
  });
  return printed;
}

/** Begins what is at the other side; the port at which it is. */
async function otherSide(t: TestContext, role: "server" | "client" | "nobody"): Promise<number> {
  const server = createNodeServer((peer) => peer.on("error", () => {}).pipe(peer));
  await new Promise<void>((listens) => server.listen(0, "127.0.0.1", listens));
  const { port } = server.address() as AddressInfo;
  const closed = () => new Promise((done) => server.close(done));
  if (role === "server") t.after(closed);
  else await closed();
  // It is closed with what else the cell has opened.
  if (role === "client") void connectWithin(30, ["127.0.0.1", port]);
  return port;
}
