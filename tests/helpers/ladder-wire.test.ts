/** What a ladder shows of what the two systems have sent: inferred from the calls, or captured. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ladderLines } from "./peers/ladder-lines";
import { noNetwork, runInNetwork } from "./peers/network";

/** CONVERSATIONS=300: so many. */
const { CONVERSATIONS = "40" } = process.env;

interface Conversation {
  done: string[];
  /** From the calls, and from the capture. */
  drawn: string[];
  seen: string[];
  sent: string[];
}

test("the segments that are inferred are those that were sent, and so are those that are seen", {
  skip: noNetwork(),
}, () => {
  const all = runInNetwork<Conversation[]>("wire-conversations.ts", CONVERSATIONS);
  assert.equal(all.length, Number(CONVERSATIONS));
  const wrong = all.filter(
    ({ drawn, seen, sent }) => drawn.join() !== sent.join() || seen.join() !== sent.join(),
  );
  assert.deepEqual(wrong, []);
});

/** The lines of a ladder's text, without the head and the times. */
function scene(name: string): Record<string, string[]> {
  const texts = runInNetwork<Record<string, string>>("ladder-scenes.ts", name);
  return Object.fromEntries(
    Object.entries(texts).map(([which, text]) => [which, ladderLines(text)]),
  );
}

const skip = noNetwork();

test("what a call has caused stands at its row, what came by itself between the rows", {
  skip,
}, () => {
  const { control, none, inferred, ...whole } = scene("nagle");
  // On a busy machine the FIN is acknowledged by itself, before the other side closes.
  const all = whole.all.filter((line) => !line.includes("--- ACK (seq 1, ack 11"));
  const at = all.indexOf("| <--- 4 octets b'head' (PSH, ACK; seq 1, ack 1) --- | sendall(4)");
  assert.notEqual(at, -1, all.join("\n"));
  // Nagle's algorithm holds the second part back: no arrow stands at its call.
  assert.equal(all[at + 1], "|  | sendall(5)");
  assert.deepEqual(all.slice(0, 5), [
    "bind(127.0.0.1:10000) |  |",
    "listen(4096) |  |",
    "| <--- SYN (seq 0) --- | connect(127.0.0.1:10000)",
    "| --- SYN, ACK (seq 0, ack 1) ---> |",
    "| <--- ACK (seq 1, ack 1) --- |",
  ]);
  assert.deepEqual(all.filter((line) => /^\| .* \|$/.test(line)).slice(2), [
    "| --- ACK (seq 1, ack 5; delayed ACK) ---> |",
    "| <--- 5 octets b'body!' (PSH, ACK; seq 5, ack 1) --- |",
    "| --- ACK (seq 1, ack 10) ---> |",
    "| <--- ACK (seq 11, ack 2) --- |",
  ]);
  assert.deepEqual(all.slice(-4), [
    "| <--- FIN, ACK (seq 10, ack 1) --- | close()",
    "recv(1) = end of stream |  |",
    "close() | --- FIN, ACK (seq 1, ack 11) ---> |",
    "| <--- ACK (seq 11, ack 2) --- |",
  ]);
  // Octets where the calls were, and of the segments those that open and end it, or were late.
  assert.ok(control.includes("| <--- 5 octets b'body!' --- | sendall(5)"));
  assert.ok(control.includes("| --- ACK (seq 1, ack 5; delayed ACK) ---> |"));
  assert.ok(!control.includes("| --- ACK (seq 1, ack 10) ---> |"));
  assert.ok(control.includes("| <--- FIN, ACK (seq 10, ack 1) --- | close()"));
  assert.doesNotMatch(none.join("\n"), /SYN|FIN|ACK|\.\.\.>/);
  assert.ok(none.includes("| <--- 4 octets b'head' --- | sendall(4)"));
  assert.ok(inferred.includes("| <... FIN ... | close()"));
});

test("a SYN that nobody answers is drawn so, and again when it is sent again", { skip }, () => {
  const { outside, refused } = scene("backlog");
  assert.deepEqual(outside.slice(-2), [
    "| x--- SYN (seq 0) --- | 2: connect(127.0.0.1:10000) ... still waits",
    "| x--- 2: SYN (seq 0; retransmission) --- |",
  ]);
  assert.ok(refused.includes("close() | --- 1: RST, ACK: not accepted (seq 1, ack 1) ---> |"));
  assert.match(refused.at(-1) ?? "", /^\| {2}\| 2: \.\.\. connect\(.*\) = ECONNREFUSED/);
  assert.match(refused.at(-2) ?? "", /^\| --- 2: RST, ACK: refused /);
});

test("of many segments those that control the connection are drawn, and rows beyond forty are folded", {
  skip,
}, () => {
  const { much, all } = scene("much");
  assert.ok(much.length <= 40, `${much.length} rows`);
  assert.ok(much.some((line) => line.includes("SYN (seq 0)")));
  assert.ok(much.some((line) => line.includes("× sendall(16)")));
  assert.equal(all.length, 40);
  assert.match(all.join("\n"), /\(\d+ rows are folded\)/);
  assert.equal(all[0], "bind(127.0.0.1:10000) |  |");
  assert.match(all.at(-1) ?? "", /ACK/);
});
