/** What a cell prints in many pieces arrives in few messages, none lost, in order. */
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { type Message, newMessage } from "../../kernel/messaging/message";
import { StreamGathering } from "../../kernel/messaging/stream-gathering";

let sent: string[];
let streams: StreamGathering;

beforeEach(() => {
  sent = [];
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  streams = new StreamGathering(({ content }) => sent.push(`${content.name}: ${content.text}`));
});

function printed(text: string, name = "stdout", request = "one"): Message {
  const parent = {
    ...newMessage({ session: "", msg_type: "", parent: {} }, {}).header,
    msg_id: request,
  };
  return newMessage({ session: "s", msg_type: "stream", parent }, { name, text });
}

test("pieces of one stream of one cell become one message, 10 ms after the first", () => {
  streams.add(printed("a"));
  mock.timers.tick(6);
  streams.add(printed("b"));
  assert.deepEqual(sent, []);
  mock.timers.tick(4);
  assert.deepEqual(sent, ["stdout: ab"]);
  mock.timers.tick(100);
  assert.deepEqual(sent, ["stdout: ab"]);
});

test("another stream, and another cell, begin a message", () => {
  streams.add(printed("a"));
  streams.add(printed("b", "stderr"));
  streams.add(printed("c", "stderr", "two"));
  assert.deepEqual(sent, ["stdout: a", "stderr: b"]);
  mock.timers.tick(10);
  assert.deepEqual(sent, ["stdout: a", "stderr: b", "stderr: c"]);
});

test("what waits can be sent at once, and then nothing is sent again", () => {
  streams.flush();
  assert.deepEqual(sent, []);
  streams.add(printed("a"));
  streams.flush();
  assert.deepEqual(sent, ["stdout: a"]);
  mock.timers.tick(100);
  streams.flush();
  assert.deepEqual(sent, ["stdout: a"]);
});

test("text that comes after a message has its own 10 ms", () => {
  streams.add(printed("a"));
  mock.timers.tick(9);
  streams.flush();
  streams.add(printed("b"));
  mock.timers.tick(9);
  assert.deepEqual(sent, ["stdout: a"]);
  mock.timers.tick(1);
  assert.deepEqual(sent, ["stdout: a", "stdout: b"]);
});
