/** Execute requests are answered one after the other, each between its busy and its idle. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { type Content, newMessage } from "../../kernel/messaging/message";
import { ExecuteQueue } from "../../kernel/run/execute-queue";
import { FrontEnds } from "../../kernel/run/front-ends";
import type { ExecuteRequest } from "../../kernel/threads";

let said: string[];

beforeEach(() => {
  said = [];
});

const frontEnds = new FrontEnds("kernel's", (order) => {
  assert(order.type === "send");
  const { parent_header, content } = order.message;
  const { execution_state, status } = content;
  said.push(`${parent_header.session} ${execution_state ?? status}`);
});

/** Its session is its name. */
function request(name: string, arrived = Date.now()): ExecuteRequest {
  const message = newMessage({ session: name, msg_type: "execute_request", parent: {} }, {});
  return { type: "execute", message, arrived };
}

async function done(): Promise<void> {
  await new Promise(setImmediate);
}

test("a request begins when the one before has ended", async () => {
  let end: (() => void)[] = [];
  const queue = new ExecuteQueue(async ({ header }) => {
    said.push(`${header.session} runs`);
    await new Promise<void>((resolve) => end.push(resolve));
  }, frontEnds);
  for (const name of ["a", "b"]) queue.add(request(name));
  await done();
  assert.deepEqual(said, ["a busy", "a runs"]);
  end[0]();
  await done();
  assert.deepEqual(said.splice(0), ["a busy", "a runs", "a idle", "b busy", "b runs"]);
  end[1]();
  await done();
  assert.deepEqual(said.splice(0), ["b idle"]);
  end = [];
  queue.add(request("c"));
  await done();
  assert.deepEqual(said, ["c busy", "c runs"]);
});

test("a failure aborts those that wait, and no later one", async () => {
  const queue = new ExecuteQueue(async ({ header }, onFailure) => {
    if (header.session === "fails") onFailure();
    frontEnds.reply({ ...request(header.session).message }, { status: "ran" } satisfies Content);
  }, frontEnds);
  const earlier = Date.now() - 1000;
  for (const name of ["fails", "waits"]) queue.add(request(name, earlier));
  await done();
  assert.deepEqual(said.splice(0), [
    ...["fails busy", "fails ran", "fails idle"],
    ...["waits busy", "waits aborted", "waits idle"],
  ]);
  queue.add(request("later", Date.now() + 1));
  await done();
  assert.deepEqual(said, ["later busy", "later ran", "later idle"]);
});
