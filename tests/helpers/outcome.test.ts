/** What came of a call, in one word. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { outcome } from "../../helpers/outcome";
import { AI_NUMERICHOST, createConnection, getaddrinfo, socket } from "../../helpers/socket";
import { listen, portOf } from "./peers/connection";

test("a call that succeeds, and the ways in which one fails", async (t) => {
  const [listening, port] = await listen(t);
  using sock = socket();
  assert.equal(await outcome(sock.connect(["127.0.0.1", port])), "done");
  assert.equal(await outcome(sock.recv(1, 0, { timeout: 0.01 })), "ETIMEDOUT");
  const unknown = getaddrinfo("no-number", 1, { flags: AI_NUMERICHOST });
  assert.equal(await outcome(unknown), "EAI_NONAME");
  using unused = socket();
  await unused.bind(["127.0.0.1", 0]);
  assert.equal(await outcome(createConnection(["127.0.0.1", portOf(unused)])), "ECONNREFUSED");
  listening.close();
  assert.equal(await outcome(listening.accept()), "EBADF");
});

test("what is no error of the system is thrown on", async () => {
  await assert.rejects(outcome(Promise.reject(new Error("a bug"))), /a bug/);
  using sock = socket();
  await assert.rejects(outcome(sock.bind(5 as unknown as string)), TypeError);
});
