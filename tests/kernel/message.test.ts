/** What every message of the kernel has. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newMessage } from "../../kernel/messaging/message";

test("a message names its type, its session, its protocol and its parent, and has an id of its own", () => {
  const parent = newMessage({ session: "front end", msg_type: "execute_request", parent: {} }, {});
  const envelope = { session: "kernel's", msg_type: "status", parent: parent.header };
  const [one, other] = [
    newMessage(envelope, { execution_state: "busy" }),
    newMessage(envelope, {}),
  ];
  assert.equal(one.header.msg_type, "status");
  assert.equal(one.header.session, "kernel's");
  assert.equal(one.header.version, "5.4");
  assert.match(one.header.date, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.notEqual(one.header.msg_id, other.header.msg_id);
  assert.equal(one.parent_header, parent.header);
  assert.deepEqual(one.content, { execution_state: "busy" });
});

test("one that goes to nobody in particular has its type as topic", () => {
  const published = newMessage({ session: "s", msg_type: "stream", parent: {} }, {});
  assert.deepEqual(published.identities, [new TextEncoder().encode("stream")]);
  // Its memory is its own: what goes to another thread takes all that it shares along.
  assert.equal(published.identities[0].buffer.byteLength, "stream".length);
  const identities = [Buffer.from("front end")];
  const reply = newMessage({ session: "s", msg_type: "stream", parent: {}, identities }, {});
  assert.equal(reply.identities, identities);
});
