/** What a ladder infers of what the two systems have sent, beside what they have sent. */
import assert from "node:assert/strict";
import { test } from "node:test";
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
