/** Messages as ZeroMQ frames: what is written can be read, and nothing else can. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Message, newMessage } from "../../kernel/messaging/message";
import { Wire } from "../../kernel/messaging/wire-protocol";

const wire = new Wire("the key", "hmac-sha256");

function message(content: object = { code: "1" }): Message {
  const identities = [Buffer.from("front end"), Buffer.from([0, 255])];
  const envelope = { session: "s", msg_type: "execute_request", parent: {}, identities };
  return newMessage(envelope, content);
}

function frames(sent: Message, by = wire): Buffer[] {
  return by.encode(sent).map((frame) => Buffer.from(frame));
}

test("a message is read as it was written", () => {
  const sent = { ...message(), buffers: [Buffer.from([1, 2]), Buffer.alloc(0)] };
  assert.deepEqual(wire.decode(frames(sent)), sent);
});

test("the signature is the HMAC of the four parts, in hexadecimal digits", () => {
  // python3 -c 'import hmac; print(hmac.new(b"the key", b"{}{}{}{\"code\":\"1\"}", "sha256").hexdigest())'
  const signature = "b35ad728733c0ee35f6d9f9416227577e54155ff35dfc7963c697bc9a561cdeb";
  const [, found] = wire.encode({
    ...message(),
    identities: [],
    header: {} as Message["header"],
    parent_header: {},
  });
  assert.equal(found, signature);
});

test("an empty key switches signing off", () => {
  const unsigned = new Wire("", "hmac-sha256");
  const sent = message();
  assert.equal(frames(sent, unsigned)[3].toString(), "");
  assert.deepEqual(unsigned.decode(frames(sent, unsigned)), sent);
  assert.throws(() => wire.decode(frames(sent, unsigned)), /signature/);
});

test("a part that was changed, a signature of another key, and none are refused", () => {
  for (const part of [3, 4, 5, 6, 7]) {
    const changed = frames(message());
    changed[part] = Buffer.from('{"code":"2"}');
    assert.throws(() => wire.decode(changed), /signature/, `frame ${part}`);
  }
  assert.throws(
    () => wire.decode(frames(message(), new Wire("another", "hmac-sha256"))),
    /signature/,
  );
});

test("what is no message is refused", () => {
  assert.throws(() => wire.decode([]), /not a Jupyter message/);
  assert.throws(() => wire.decode(frames(message()).slice(0, -1)), /not a Jupyter message/);
  const unsigned = new Wire("", "");
  const refusals: [string, RegExp][] = [
    ["[]", /not a JSON object/],
    ["null", /not a JSON object/],
    ["5", /not a JSON object/],
    ["{}", /no msg_type or msg_id/],
    ['{"msg_type": 5, "msg_id": "1"}', /no msg_type or msg_id/],
    ['{"msg_type": "x"}', /no msg_type or msg_id/],
    ["{", /JSON/],
  ];
  for (const [header, refusal] of refusals) {
    const odd = frames(message(), unsigned);
    odd[4] = Buffer.from(header);
    assert.throws(() => unsigned.decode(odd), refusal, header);
  }
});

test("half a surrogate pair is written as U+FFFD, and a whole one as it is", () => {
  const { content } = wire.decode(
    frames(message({ half: "a\ud83d", whole: "😀", text: "\\ud83d" })),
  );
  assert.deepEqual(content, { half: "a\ufffd", whole: "😀", text: "\\ud83d" });
});
